//! The transaction store `dynamodb`: strict single use. One record per sign-in, under the hash of
//! its handle. `/authorize` writes it, `/callback` and `/token` each claim it once.
//!
//! A claim names the request that made it. When the answer to a write is lost, the AWS SDK sends
//! the same write again, and must not be taken for a replay. For the same reason nothing is deleted;
//! the table's time to live does that, later.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::error::ConditionalCheckFailedException;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure as OnFailedCondition};
use aws_types::SdkConfig;
use protocol::seal::Binding;
use protocol::time::UnixTime;
use protocol::transaction::{Grant, Handle, SignInId, Transaction};
use protocol::{ExposeSecret as _, SecretString, browser_cookie};
use tokio::time::timeout;

use crate::transaction_store::record::{self, Code, Ticket, text};
use crate::transaction_store::settings::DynamoDbStoreSettings;
use crate::transaction_store::{BeginError, CloseError, Closed, FindError, TransactionStore, Unavailable};
use crate::{aws, https};

/// How long a claim that is given back may take. Nobody waits for longer: the user can sign in anew.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(1);

/// Keeps each sign-in in one record of a table.
pub struct DynamoDbStore {
    client: Client,
    table_name: String,
    binding: Binding,
}

impl DynamoDbStore {
    /// Prepares the store. No call is made.
    #[must_use]
    pub fn new(aws: &SdkConfig, settings: &DynamoDbStoreSettings) -> Self {
        let DynamoDbStoreSettings { table_name, binding } = settings.clone();
        Self { client: Client::new(aws), table_name, binding }
    }

    /// An update of a record in the name of a request.
    fn update(&self, id: &SignInId, request_id: &str) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table_name)
            .key(record::ID, text(id.as_str()))
            .expression_attribute_values(":request_id", text(request_id))
    }

    async fn give_back(&self, id: &SignInId, request_id: &str) {
        let given_back = self
            .update(id, request_id)
            .update_expression("REMOVE redeemed_by")
            // Never another request's claim, however late this arrives.
            .condition_expression("redeemed_by = :request_id")
            .send();
        let _ = timeout(RELEASE_TIMEOUT, given_back).await; // no answer depends on it
    }
}

impl TransactionStore for DynamoDbStore {
    /// Opens a connection and makes a first key, before which the JOSE library sets itself up, since Lambda
    /// gives a start more CPU than a request. DynamoDB's public endpoint answers this one operation
    /// without a permission of the role; a denial would leave the connection open just as well.
    async fn warm_up(&self, _: UnixTime) {
        let _ = Ticket::draw().and_then(|ticket| ticket.keys(&self.binding));
        let answered = self.client.describe_endpoints().send();
        let _ = timeout(https::CONNECT_PATIENCE, answered).await; // the first request will say what is wrong
    }

    async fn begin(
        &self,
        transaction: &Transaction,
        cookies: &[String],
        request_id: &str,
        _: UnixTime,
    ) -> Result<Vec<String>, BeginError> {
        let browser = Ticket::draw()?;
        let set_cookies = browser_cookie::keep(&transaction.handle, browser.expose(), cookies)
            .map_err(|_| BeginError::TooLong)?;
        let result = self
            .client
            .put_item()
            .table_name(&self.table_name)
            .set_item(Some(record::begun(transaction, &browser, &self.binding, request_id)?))
            // An attempt of ours that was given up may arrive after the sign-in has gone on.
            .condition_expression(
                "attribute_not_exists(id) OR (begun_by = :request_id AND attribute_not_exists(closed_by))",
            )
            .expression_attribute_values(":request_id", text(request_id))
            .send()
            .await;
        match result {
            Ok(_) => Ok(set_cookies),
            Err(SdkError::ServiceError(error))
                if matches!(error.err(), PutItemError::ConditionalCheckFailedException(_)) =>
            {
                Err(BeginError::HandleTaken)
            }
            Err(error) => Err(unavailable(&error).into()),
        }
    }

    async fn resume(
        &self,
        handle: &Handle,
        cookies: &[String],
        now: UnixTime,
    ) -> Result<Transaction, FindError> {
        // Without the cookie the answer is known, and costs nothing.
        let browser = browser_cookie::find(handle, cookies).ok_or(FindError::Unknown)?;
        let browser = Ticket::parse(browser).ok_or(FindError::Forged)?;
        let output = self
            .client
            .get_item()
            .table_name(&self.table_name)
            .key(record::ID, text(handle.sign_in_id().as_str()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| unavailable(&error))?;
        let item = output.item.ok_or(FindError::Unknown)?;
        record::transaction(&item, handle, &browser, &self.binding, now)
    }

    async fn close(
        &self,
        transaction: &Transaction,
        grant: &Grant,
        request_id: &str,
        _: UnixTime,
    ) -> Result<Closed, CloseError> {
        let code = Code { sign_in_id: grant.sign_in_id.clone(), ticket: Ticket::draw()? };
        let sealed = code.ticket.keys(&self.binding)?.seal_grant(grant).map_err(Unavailable::Seal)?;
        let result = self
            .update(&grant.sign_in_id, request_id)
            .update_expression(
                "SET closed_by = :request_id, code_hash = :code_hash, sealed_grant = :sealed_grant, \
                 expires_at = :expires_at, delete_after = :delete_after REMOVE sealed_transaction",
            )
            .condition_expression(
                "attribute_exists(id) AND (attribute_not_exists(closed_by) OR closed_by = :request_id)",
            )
            .expression_attribute_values(":code_hash", text(&code.ticket.hash(&self.binding)))
            .expression_attribute_values(":sealed_grant", text(&sealed))
            .expression_attribute_values(":expires_at", record::time(grant.expires_at))
            .expression_attribute_values(":delete_after", record::delete_after(grant.expires_at))
            .send()
            .await;
        match result {
            Ok(_) => Ok(Closed {
                code: code.to_text(),
                cookies: vec![browser_cookie::expire(&transaction.handle)],
            }),
            Err(error) => match failed_condition(&error) {
                Some(_) => Err(CloseError::Used),
                None => Err(unavailable(&error).into()),
            },
        }
    }

    async fn redeem(&self, code: &SecretString, request_id: &str, now: UnixTime) -> Result<Grant, FindError> {
        // What isn't even written like one of our codes costs no call.
        let Code { sign_in_id, ticket } = Code::parse(code.expose_secret()).ok_or(FindError::Forged)?;
        let code_hash = ticket.hash(&self.binding);
        let result = self
            .update(&sign_in_id, request_id)
            .update_expression("SET redeemed_by = :request_id")
            .condition_expression(
                "code_hash = :code_hash AND expires_at > :now \
                 AND (attribute_not_exists(redeemed_by) OR redeemed_by = :request_id)",
            )
            .expression_attribute_values(":code_hash", text(&code_hash))
            .expression_attribute_values(":now", record::time(now))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(OnFailedCondition::AllOld)
            .send()
            .await;
        match result {
            Ok(output) => record::grant(&output.attributes.unwrap_or_default(), &ticket, &self.binding, now),
            Err(error) => {
                if let Some(failed) = failed_condition(&error) {
                    return Err(record::why_not_redeemed(failed.item(), &code_hash));
                }
                // The claim may have been written, and only its answer lost.
                self.give_back(&sign_in_id, request_id).await;
                Err(unavailable(&error).into())
            }
        }
    }

    async fn release(&self, grant: &Grant, request_id: &str) {
        self.give_back(&grant.sign_in_id, request_id).await;
    }
}

/// That an update's condition failed, with the record as it was; `None` for any other failure.
fn failed_condition<R>(error: &SdkError<UpdateItemError, R>) -> Option<&ConditionalCheckFailedException> {
    match error.as_service_error() {
        Some(UpdateItemError::ConditionalCheckFailedException(failed)) => Some(failed),
        _ => None,
    }
}

fn unavailable<E: aws_sdk_dynamodb::error::ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Unavailable {
    Unavailable::Table(aws::error_code(error).to_owned())
}
