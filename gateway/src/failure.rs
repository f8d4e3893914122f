//! The one table of what each failure looks like to a client, whatever it speaks.
//!
//! A failure's text is fixed: nothing of a body, of facts or of an error's message is in it, so one
//! kind of failure is always the same bytes. What really happened goes to the log. No transport is
//! known here: adapters translate a row.

/// Why a client gets no résumé.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Failure {
    /// No such thing, or one that the viewer may not know of. Always the same bytes.
    NotFound,
    /// The gate is closed, and the viewer is told so.
    Forbidden,
    /// Nobody says who asks, or nobody who can be believed.
    Unauthenticated,
    /// A request that makes no sense, or that two readers could understand differently.
    Request,
    /// A method that the route does not have.
    Method,
    /// A request that is larger than the limit.
    TooLarge,
    /// Requests beyond what the server takes at a time.
    Busy,
    /// No decision could be had: a guest that traps or is late, facts that are missing or refused.
    Decision,
    /// The plan obliges something that cannot be done; a record that cannot be written.
    Obligation,
    /// An upstream that fails, or an answer that cannot be enforced.
    Upstream,
    /// An upstream that does not answer in time.
    Timeout,
    /// A fault of Privet's own.
    Internal,
}

/// What a failure looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// In logs, metrics, headers and variables.
    pub name: &'static str,
    /// The status that an HTTP client gets, by the proxy, `forward_auth`, `ext_authz` and `ext_proc`.
    pub status: u16,
    /// Its reason phrase.
    pub title: &'static str,
    /// What the problem document says (RFC 9457).
    pub detail: &'static str,
    /// The status that nginx's `auth_request` gets: it knows 401 and 403 and makes 500 of any other.
    pub auth_request: u16,
    /// The code of `google.rpc.Status` in an `ext_authz` answer.
    pub grpc: i32,
    /// The status of an AuthZEN answer. With 200 it is `"decision": false`; else the decision point
    /// has none, and the enforcement point must deny.
    pub authzen: u16,
}

impl Failure {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::NotFound,
        Self::Forbidden,
        Self::Unauthenticated,
        Self::Request,
        Self::Method,
        Self::TooLarge,
        Self::Busy,
        Self::Decision,
        Self::Obligation,
        Self::Upstream,
        Self::Timeout,
        Self::Internal,
    ];

    /// The row of the table.
    #[rustfmt::skip]
    pub const fn row(self) -> Row {
        let (name, status, title, auth_request, grpc, authzen, detail) = match self {
            //                        name            status title                 auth_request gRPC authzen
            Self::NotFound        => ("not-found",       404, "Not Found",             403,  5, 200, "there is nothing here"),
            Self::Forbidden       => ("forbidden",       403, "Forbidden",             403,  7, 200, "the rules forbid this view to this viewer"),
            Self::Unauthenticated => ("unauthenticated", 401, "Unauthorized",          401, 16, 401, "nothing is shown to someone unknown"),
            Self::Request         => ("request",         400, "Bad Request",           403,  3, 400, "the request makes no sense here"),
            Self::Method          => ("method",          405, "Method Not Allowed",    403, 12, 400, "this method is not served here"),
            Self::TooLarge        => ("too-large",       413, "Content Too Large",     403,  8, 400, "the request is larger than the limit"),
            Self::Busy            => ("busy",            503, "Service Unavailable",   403,  8, 500, "too many requests at a time"),
            Self::Decision        => ("decision",        503, "Service Unavailable",   403, 14, 500, "no decision could be made, so nothing is shown"),
            Self::Obligation      => ("obligation",      503, "Service Unavailable",   403, 14, 500, "what the rules oblige cannot be done, so nothing is shown"),
            Self::Upstream        => ("upstream",        502, "Bad Gateway",           403, 14, 500, "the upstream's answer cannot be enforced, so nothing of it is shown"),
            Self::Timeout         => ("timeout",         504, "Gateway Timeout",       403,  4, 500, "the upstream did not answer in time"),
            Self::Internal        => ("internal",        500, "Internal Server Error", 403, 13, 500, "a fault, so nothing is shown"),
        };
        Row { name, status, title, detail, auth_request, grpc, authzen }
    }

    /// The failure of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.row().name == name)
    }

    /// The problem document (RFC 9457) that an HTTP client gets.
    pub fn body(self) -> Vec<u8> {
        let Row {
            status,
            title,
            detail,
            ..
        } = self.row();
        serde_json::json!({ "title": title, "status": status, "detail": detail })
            .to_string()
            .into_bytes()
    }
}

/// The media type of [`Failure::body`].
pub const MEDIA_TYPE: &str = "application/problem+json";

#[cfg(test)]
mod tests {
    use super::Failure;
    use std::collections::BTreeSet;

    #[test]
    fn the_table_is_sound() {
        let names: BTreeSet<&str> = Failure::ALL.iter().map(|f| f.row().name).collect();
        assert_eq!(names.len(), Failure::ALL.len());
        for failure in Failure::ALL {
            let row = failure.row();
            assert_eq!(Failure::from_name(row.name), Some(failure));
            assert!((400..600).contains(&row.status), "{failure:?}");
            assert!([401, 403].contains(&row.auth_request), "{failure:?}");
            assert!((1..17).contains(&row.grpc), "{failure:?}");
            assert!([200, 400, 401, 500].contains(&row.authzen), "{failure:?}");
            let body: serde_json::Value = serde_json::from_slice(&failure.body()).unwrap();
            assert_eq!(body["status"], row.status);
        }
        // Only what a decision says is an answer of a decision point.
        for failure in Failure::ALL.into_iter().filter(|f| f.row().authzen == 200) {
            assert!(matches!(failure, Failure::NotFound | Failure::Forbidden));
        }
    }
}
