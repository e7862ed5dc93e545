//! Signatures of operators: what makes a ranking official.

use crate::Canon;
use crate::office_key::{Office, OfficeKey, OfficeVkey};

/// What an approval says that it is, so that its signature is never one of another statement.
const CONTEXT: &str = "vn.danvan.ranking.approved.v1";

/// The office of those who answer for a published ranking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Operator;

impl Office for Operator {
    const PUBLIC: &'static str = "ed25519-operator:";
    const SECRET: &'static str = "ed25519-operator-secret:";
}

/// The secret key of an operator; stays on the operator's own machine.
pub type OperatorKey = OfficeKey<Operator>;

/// The public key of an operator, `ed25519-operator:<base64>`.
pub type OperatorVkey = OfficeVkey<Operator>;

/// The bytes that an operator signs: the canonical map of `context`, `draft_sha256`, `log` (the aggregator's origin) and
/// `period`. The draft names its cut, so an approval of one draft approves no other.
#[must_use]
pub fn approval_statement(log: &str, period: &str, draft_sha256: &str) -> Vec<u8> {
    Canon::map([("context", CONTEXT), ("draft_sha256", draft_sha256), ("log", log), ("period", period)]).to_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_approval_holds_for_one_draft_of_one_period_in_one_log() {
        let key = OperatorKey::from_seed([4; 32]);
        let digest = "a".repeat(64);
        let signed = key.sign(&approval_statement("demo/a/x", "2024", &digest));
        assert!(key.vkey().verify(&approval_statement("demo/a/x", "2024", &digest), &signed));
        let others =
            [("demo/a/y", "2024", digest.clone()), ("demo/a/x", "2025", digest), ("demo/a/x", "2024", "b".repeat(64))];
        for (log, period, digest) in others {
            assert!(!key.vkey().verify(&approval_statement(log, period, &digest), &signed), "{log} {period} {digest}");
        }
    }
}
