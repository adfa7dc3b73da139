//! Certificates of authorities to trust.

use std::fmt;

/// The certificate of an authority to trust.
#[derive(Clone, PartialEq, Eq)]
pub struct RootCertificate {
    der: Vec<u8>,
}

impl RootCertificate {
    /// Takes a certificate in DER. It is checked when a client is built.
    pub fn from_der(der: impl Into<Vec<u8>>) -> Self {
        Self { der: der.into() }
    }

    /// Reads all certificates of a text in PEM, in order. Anything between them is skipped.
    ///
    /// # Errors
    ///
    /// [`InvalidPem`] when a certificate has no end line or is not base64.
    pub fn all_from_pem(pem: impl AsRef<[u8]>) -> Result<Vec<Self>, InvalidPem> {
        const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
        const END: &str = "-----END CERTIFICATE-----";
        let text = String::from_utf8_lossy(pem.as_ref());
        text.split(BEGIN)
            .skip(1)
            .map(|part| {
                let (body, _) = part.split_once(END).ok_or(InvalidPem)?;
                let base64: String = body.split_ascii_whitespace().collect();
                let der = base64_simd::STANDARD
                    .decode_to_vec(base64)
                    .map_err(|_| InvalidPem)?;
                Ok(Self { der })
            })
            .collect()
    }

    /// Returns the certificate in DER.
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }
}

impl fmt::Debug for RootCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RootCertificate(<{} bytes>)", self.der.len())
    }
}

/// A text with a broken certificate in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a certificate in the PEM text has no end line or is not base64")]
pub struct InvalidPem;

impl From<InvalidPem> for cartesia_types::Error {
    fn from(error: InvalidPem) -> Self {
        let kind = cartesia_types::ErrorKind::Config;
        Self::new(kind, "network", error.to_string()).with_source(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_read_from_pem() {
        let pem = "junk\n-----BEGIN CERTIFICATE-----\nAAEC\r\nAwQ=\n-----END CERTIFICATE-----\n\
                   # two\n-----BEGIN CERTIFICATE-----\nBQ==\n-----END CERTIFICATE-----";
        let roots = RootCertificate::all_from_pem(pem).unwrap();
        assert_eq!(
            roots
                .iter()
                .map(RootCertificate::as_der)
                .collect::<Vec<_>>(),
            [&[0, 1, 2, 3, 4][..], &[5]]
        );
        assert_eq!(
            RootCertificate::all_from_pem("nothing here"),
            Ok(Vec::new())
        );
        for broken in [
            "-----BEGIN CERTIFICATE-----\nAAEC",
            "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----",
        ] {
            assert_eq!(RootCertificate::all_from_pem(broken), Err(InvalidPem));
        }
    }
}
