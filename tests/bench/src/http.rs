//! As much of HTTP/1.1 as the Runtime API and the two stubs need: messages with a `Content-Length`,
//! one after the other on a connection that is kept.

use std::io::{self, Read};

/// A request, whole.
#[derive(Debug)]
pub struct Request {
    /// The first line, such as `GET / HTTP/1.1`.
    pub line: String,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The path, with its query.
    pub fn path(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }
}

/// What was received on a connection, and isn't a whole request yet.
#[derive(Default)]
pub struct Received(Vec<u8>);

impl Received {
    /// Reads once. `false` if the other side has closed the connection.
    pub fn read_from(&mut self, stream: &mut impl Read) -> io::Result<bool> {
        let mut chunk = [0; 16 * 1024];
        let length = stream.read(&mut chunk)?;
        self.0.extend_from_slice(&chunk[..length]);
        Ok(length > 0)
    }

    /// Takes the first request, if it is whole.
    pub fn take_request(&mut self) -> Option<Request> {
        let end = self.0.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&self.0[..end]).expect("a head that isn't text");
        let mut lines = head.split("\r\n");
        let line = lines.next()?.to_owned();
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let mut request = Request { line, headers, body: Vec::new() };
        assert!(request.header("transfer-encoding").is_none(), "a body in chunks: {}", request.line);
        let length = request.header("content-length").map_or(0, |length| length.parse().unwrap());
        let whole = end + 4 + length;
        if self.0.len() < whole {
            return None;
        }
        request.body = self.0[end + 4..whole].to_vec();
        self.0.drain(..whole);
        Some(request)
    }
}

/// A response, to be written at once.
pub fn response(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_taken_one_by_one_when_they_are_whole() {
        let bytes = b"POST /a HTTP/1.1\r\nContent-Length: 2\r\nX-Y:  z \r\n\r\nokGET /b HTTP/1.1\r\n\r\n";
        let mut received = Received::default();
        let (beginning, rest) = bytes.split_at(50);
        assert!(received.read_from(&mut &*beginning).unwrap());
        assert!(received.take_request().is_none());
        assert!(received.read_from(&mut &*rest).unwrap());
        let first = received.take_request().unwrap();
        assert_eq!((first.path(), first.body.as_slice(), first.header("x-y")), ("/a", &b"ok"[..], Some("z")));
        assert_eq!(received.take_request().unwrap().path(), "/b");
        assert!(received.take_request().is_none());
        assert!(!received.read_from(&mut &b""[..]).unwrap());
    }
}
