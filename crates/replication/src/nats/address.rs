//! What a configuration says about the broker, judged before anything is opened.

use async_nats::ServerAddr;
use async_nats::rustls::pki_types::CertificateDer;
use async_nats::rustls::pki_types::pem::PemObject;
use std::path::Path;

/// Why an address of the broker cannot be used. The operator corrects the configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing stands there, or nothing between two commas.
    #[error("an address is empty")]
    Empty,
    /// It is no address, or names no host.
    #[error("is not an address of a broker such as nats://127.0.0.1:4222: {0}")]
    Malformed(String),
    /// Another way to speak than `nats` and `tls`.
    #[error("the broker is spoken to by nats:// or tls://, not by {0}://")]
    Scheme(String),
    /// A user or a password stands in it, where everybody can read them.
    #[error("holds a user or a password: they are settings of their own")]
    Credentials,
}

/// Why a file of certificates cannot be used. The operator replaces it.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// It cannot be read, or holds broken PEM.
    #[error("{0}")]
    Unreadable(String),
    /// It holds no certificate.
    #[error("holds no certificate in PEM")]
    Empty,
}

/// Whether [`NatsConfig::new`](super::NatsConfig::new) could use these addresses; separated by commas.
pub fn check_broker_addresses(url: &str) -> Result<(), AddressError> {
    url.split(',').map(str::trim).try_for_each(check_address)
}

fn check_address(address: &str) -> Result<(), AddressError> {
    if address.is_empty() {
        return Err(AddressError::Empty);
    }
    let parsed: ServerAddr = match address.parse() {
        Ok(parsed) => parsed,
        Err(error) => return Err(AddressError::Malformed(error.to_string())),
    };
    if !["nats", "tls"].contains(&parsed.scheme()) {
        return Err(AddressError::Scheme(parsed.scheme().to_owned()));
    }
    if parsed.has_user_pass() || parsed.password().is_some() {
        return Err(AddressError::Credentials);
    }
    if parsed.host().is_empty() {
        return Err(AddressError::Malformed("it names no host".to_owned()));
    }
    Ok(())
}

/// Whether [`NatsConfig::with_ca`](super::NatsConfig::with_ca) could use this file.
pub fn check_authority_file(file: &Path) -> Result<(), AuthorityError> {
    let unreadable = |error: &dyn std::fmt::Display| AuthorityError::Unreadable(error.to_string());
    let mut certificates = CertificateDer::pem_file_iter(file).map_err(|error| unreadable(&error))?;
    match certificates.next() {
        Some(certificate) => certificate.map(drop).map_err(|error| unreadable(&error)),
        None => Err(AuthorityError::Empty),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_brokers_are_told_from_anything_else() {
        for good in ["nats://127.0.0.1:4222", "tls://broker.example.vn", "10.0.0.1:4222, nats://[::1]:4222"] {
            assert_eq!(check_broker_addresses(good), Ok(()), "{good}");
        }
        for bad in ["nats://127.0.0.1:port", "nats://127.0.0.1:99999", "nats://", "nats://a b", "::::"] {
            assert!(matches!(check_broker_addresses(bad), Err(AddressError::Malformed(_))), "{bad}");
        }
        for bad in ["", " ", "nats://10.0.0.1,", ",nats://10.0.0.1"] {
            assert_eq!(check_broker_addresses(bad), Err(AddressError::Empty), "{bad}");
        }
        let error = check_broker_addresses("nats://10.0.0.1,nats://x-1:hunter2@10.0.0.2").unwrap_err();
        assert_eq!(error, AddressError::Credentials);
        assert!(!error.to_string().contains("hunter2"));
        let error = check_broker_addresses("wss://broker.example.vn").unwrap_err();
        assert_eq!(error, AddressError::Scheme("wss".to_owned()));
    }

    #[test]
    fn a_file_without_a_certificate_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("ca.pem");
        assert!(matches!(check_authority_file(&file), Err(AuthorityError::Unreadable(_))));
        std::fs::write(&file, "no certificate\n").unwrap();
        assert!(matches!(check_authority_file(&file), Err(AuthorityError::Empty)));
        std::fs::write(&file, "-----BEGIN CERTIFICATE-----\n%%%%\n-----END CERTIFICATE-----\n").unwrap();
        assert!(matches!(check_authority_file(&file), Err(AuthorityError::Unreadable(_))));
        std::fs::write(&file, "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n").unwrap();
        check_authority_file(&file).unwrap();
    }
}
