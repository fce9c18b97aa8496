#!/usr/bin/env python3
"""Creates a template's stack in moto and prints what became of it, as one line of JSON.

moto's CloudFormation creates the types it knows and resolves every reference. The others are created by moto's own
services from the template's properties, and stand in the stack as parameters, so that references to them hold.
"""

import argparse
import io
import json
import pathlib
import re
import secrets
import zipfile

import boto3

REGION = "eu-west-2"
STACK = "sign-in-proxy"

# The types that moto's CloudFormation creates itself.
SUPPORTED = {
    "AWS::DynamoDB::Table",
    "AWS::IAM::Role",
    "AWS::Lambda::Function",
    "AWS::Lambda::Permission",
    "AWS::Logs::LogGroup",
}


class Moto:
    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def __getitem__(self, service: str):
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--template", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    moto = Moto(arguments.endpoint)
    template = json.loads(arguments.template.read_text())
    account = moto["sts"].get_caller_identity()["Account"]

    bootstrap(moto, template, account)
    provider = only(template, "AWS::Cognito::UserPoolIdentityProvider")["ProviderDetails"]
    identifiers = create_what_cloudformation_lacks(moto, template)
    for name, value in provider.items():
        template["Outputs"][f"Provider{name.replace('_', '')}"] = {"Value": value}

    cloudformation = moto["cloudformation"]
    cloudformation.create_stack(
        StackName=STACK,
        TemplateBody=json.dumps(template),
        Parameters=[
            {"ParameterKey": key, "ParameterValue": value} for key, value in identifiers.items()
        ],
        Capabilities=["CAPABILITY_IAM"],
    )
    stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
    resources = cloudformation.list_stack_resources(StackName=STACK)["StackResourceSummaries"]
    outputs = {item["OutputKey"]: item["OutputValue"] for item in stack["Outputs"]}
    print(
        json.dumps(
            {
                "status": stack["StackStatus"],
                "created": sorted({resource["ResourceType"] for resource in resources}),
                "outputs": {k: v for k, v in outputs.items() if not k.startswith("Provider")},
                "provider": {
                    name: resolved(moto, outputs[f"Provider{name.replace('_', '')}"])
                    for name in provider
                },
                "environments": environments(moto),
            }
        )
    )


def bootstrap(moto: Moto, template: dict, account: str) -> None:
    """What `cdk bootstrap` and the upload of the archives leave in an account. moto runs no function."""
    moto["ssm"].put_parameter(
        Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String", Overwrite=True
    )
    bucket = f"cdk-hnb659fds-assets-{account}-{REGION}"
    moto["s3"].create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("bootstrap", "")
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Lambda::Function":
            key = resource["Properties"]["Code"]["S3Key"]
            moto["s3"].put_object(Bucket=bucket, Key=key, Body=archive.getvalue())


def create_what_cloudformation_lacks(moto: Moto, template: dict) -> dict[str, str]:
    """Moves each resource of another type out of the template; its identifier becomes a parameter's value."""
    identifiers: dict[str, str] = {}
    for logical_id, resource in list(template["Resources"].items()):
        if resource["Type"] in SUPPORTED:
            continue
        del template["Resources"][logical_id]
        identifier = create(moto, logical_id, resource, identifiers)
        if identifier:
            identifiers[logical_id] = identifier
            template["Parameters"][logical_id] = {"Type": "String"}
    return identifiers


def create(moto: Moto, logical_id: str, resource: dict, identifiers: dict) -> str | None:
    properties = resource["Properties"]
    match resource["Type"]:
        case "AWS::SecretsManager::Secret":
            # A name as CloudFormation makes it, which the outputs take apart again.
            name = f"{logical_id}-{secrets.token_hex(6)}"
            generator = properties.get("GenerateSecretString")
            value = generator and {
                "SecretString": moto["secretsmanager"].get_random_password(**generator)[
                    "RandomPassword"
                ]
            }
            return moto["secretsmanager"].create_secret(Name=name, **(value or {}))["ARN"]
        case "AWS::Cognito::UserPool":
            return moto["cognito-idp"].create_user_pool(PoolName=STACK)["UserPool"]["Id"]
        case "AWS::Cognito::UserPoolDomain":
            moto["cognito-idp"].create_user_pool_domain(
                Domain=properties["Domain"], UserPoolId=identifiers[properties["UserPoolId"]["Ref"]]
            )
            return properties["Domain"]
        case "AWS::Cognito::UserPoolClient":
            client = moto["cognito-idp"].create_user_pool_client(
                UserPoolId=identifiers[properties["UserPoolId"]["Ref"]],
                ClientName=logical_id,
                CallbackURLs=properties["CallbackURLs"],
                AllowedOAuthFlows=properties["AllowedOAuthFlows"],
                AllowedOAuthScopes=properties["AllowedOAuthScopes"],
            )
            return client["UserPoolClient"]["ClientId"]
        case "AWS::ApiGatewayV2::Api":
            api = moto["apigatewayv2"].create_api(
                Name=properties["Name"], ProtocolType=properties["ProtocolType"]
            )
            return api["ApiId"]
    # Nothing refers to a route, an integration, a stage or a provider.
    return None


def only(template: dict, resource_type: str) -> dict:
    [found] = [r for r in template["Resources"].values() if r["Type"] == resource_type]
    return found["Properties"]


def resolved(moto: Moto, text: str) -> str:
    """A dynamic reference as CloudFormation resolves it at deployment."""
    match = re.fullmatch(r"\{\{resolve:secretsmanager:(arn:.+):SecretString:::\}\}", text)
    if not match:
        return text
    return moto["secretsmanager"].get_secret_value(SecretId=match[1])["SecretString"]


def environments(moto: Moto) -> dict[str, dict[str, str]]:
    """Each function's variables, by the route that its description begins with."""
    return {
        function["Description"].split(":")[0]: function["Environment"]["Variables"]
        for function in moto["lambda"].list_functions()["Functions"]
    }


if __name__ == "__main__":
    main()
