//! HTTP/1.1 answers out of bytes, without I/O: by Content-Length, in chunks, or without a body.
//!
//! Fails on what is not HTTP, and on an answer that ends with its connection: no target sends such.

use anyhow::{Context, Result, bail};

const HEADERS_MAX: usize = 64;

/// An answer that is whole, by its place in the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Where the body begins, chunk sizes included.
    pub(crate) body: usize,
    /// Where the answer ends.
    pub(crate) end: usize,
    pub(crate) chunked: bool,
    /// Whether the server closes the connection after it.
    pub(crate) closes: bool,
}

/// The answer at the beginning of the buffer, or nothing while it is not whole.
pub(crate) fn parse(buffer: &[u8]) -> Result<Option<Answer>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut response = httparse::Response::new(&mut headers);
    let body = match response.parse(buffer).context("the answer is not HTTP")? {
        httparse::Status::Complete(length) => length,
        httparse::Status::Partial => return Ok(None),
    };
    let status = response.code.context("no status")?;
    let (mut length, mut chunked, mut closes) = (None, false, false);
    for header in response.headers.iter() {
        if header.name.eq_ignore_ascii_case("content-length") {
            let text = std::str::from_utf8(header.value).context("Content-Length")?;
            length = Some(text.trim().parse::<usize>().context("Content-Length")?);
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            chunked = header.value.eq_ignore_ascii_case(b"chunked");
        } else if header.name.eq_ignore_ascii_case("connection") {
            closes = header.value.eq_ignore_ascii_case(b"close");
        }
    }
    let end = match (chunked, length) {
        (true, _) => match chunks_end(buffer, body)? {
            Some(end) => end,
            None => return Ok(None),
        },
        (false, Some(length)) => body.saturating_add(length),
        (false, None) if status == 204 || status == 304 => body,
        (false, None) => bail!("the answer has neither Content-Length nor chunks (status {status})"),
    };
    Ok((buffer.len() >= end).then_some(Answer { status, body, end, chunked, closes }))
}

/// Where the chunks that begin here end, or nothing while they are not whole. Trailers are not asked for, so none are read.
fn chunks_end(buffer: &[u8], mut at: usize) -> Result<Option<usize>> {
    loop {
        let rest = buffer.get(at..).unwrap_or_default();
        let Ok(size) = httparse::parse_chunk_size(rest) else { bail!("a chunk without a size") };
        let httparse::Status::Complete((line, size)) = size else { return Ok(None) };
        at = at.saturating_add(line).saturating_add(usize::try_from(size)?).saturating_add(2);
        if at > buffer.len() {
            return Ok(None);
        }
        if size == 0 {
            return Ok(Some(at));
        }
    }
}

/// The body of an answer that `parse` found.
pub(crate) fn body(buffer: &[u8], answer: &Answer) -> Vec<u8> {
    let whole = buffer.get(answer.body..answer.end).unwrap_or_default();
    if !answer.chunked {
        return whole.to_vec();
    }
    let (mut rest, mut text) = (whole, Vec::new());
    while let Ok(httparse::Status::Complete((line, size))) = httparse::parse_chunk_size(rest) {
        let end = line.saturating_add(usize::try_from(size).unwrap_or(usize::MAX));
        let Some(chunk) = rest.get(line..end) else { break };
        if chunk.is_empty() {
            break;
        }
        text.extend_from_slice(chunk);
        rest = rest.get(end + 2..).unwrap_or_default();
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]
mod tests {
    use super::*;

    #[test]
    fn an_answer_with_a_length_is_whole_at_its_last_byte() {
        let text = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbodyHTTP";
        for cut in 0..text.len() - 4 {
            assert_eq!(parse(&text[..cut]).unwrap(), None, "{cut}");
        }
        let answer = parse(text).unwrap().unwrap();
        assert_eq!((answer.status, answer.end), (200, text.len() - 4));
        assert_eq!(body(text, &answer), b"body");
    }

    #[test]
    fn chunks_are_put_together() {
        let text = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n";
        for cut in 0..text.len() {
            assert_eq!(parse(&text[..cut]).unwrap(), None, "{cut}");
        }
        let answer = parse(text).unwrap().unwrap();
        assert_eq!(body(text, &answer), b"abc0123456789");
        assert!(answer.closes);
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        parse(b"SSH-2.0-x\r\n\r\n").unwrap_err();
        parse(b"HTTP/1.1 200 OK\r\n\r\n").unwrap_err();
        assert_eq!(parse(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap().unwrap().status, 204);
    }
}
