//! One POST of as many bytes as a token request has, through the Lambdas' own HTTPS client.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE};

use crate::environment;

/// A code, a verifier and an assertion of RS256 with 2048 bits take about as much.
const FORM_LENGTH: usize = 1300;

pub struct Post {
    client: reqwest::Client,
    url: String,
    form: String,
}

impl Post {
    /// To `URL`, trusting whom `SSL_CERT_FILE` names.
    pub fn from_environment() -> Self {
        Self {
            client: adapters::https::client(Duration::from_secs(2), &environment).unwrap(),
            url: environment("URL").unwrap(),
            form: format!("code=bench&padding={}", "a".repeat(FORM_LENGTH)),
        }
    }

    /// Returns the body.
    pub async fn send(&self) -> String {
        let post = self
            .client
            .post(&self.url)
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .timeout(Duration::from_secs(8))
            .body(self.form.clone());
        let body = post.send().await.unwrap().bytes().await.unwrap();
        String::from_utf8(body.to_vec()).unwrap()
    }
}
