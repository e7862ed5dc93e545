//! Who may use the API: `DIR/tokens.toml` (0600), one secret per client, each with a role.

use std::path::{Path, PathBuf};

use danvan_daemon::{BearerToken, SecretFileError, read_secret};
use danvan_event::Role;
use serde::{Deserialize, Serialize};

/// The tokens of this node.
#[derive(Debug)]
pub(crate) struct Tokens(Vec<(BearerToken, Role)>);

/// Why the tokens cannot be used. The operator corrects the named place.
#[derive(Debug, thiserror::Error)]
pub enum TokensError {
    /// The file cannot be read, or others can read it too.
    #[error(transparent)]
    File(#[from] SecretFileError),
    /// The file is not of the expected shape.
    #[error("{}:{line}: {key}: {reason}", .file.display())]
    Wrong {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The key at fault.
        key: &'static str,
        /// What is wrong; never the secret.
        reason: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenFile {
    #[serde(default)]
    pub(crate) tokens: Vec<TokenLine>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenLine {
    /// What the operator calls the client.
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) secret: toml::Spanned<String>,
}

impl Tokens {
    /// Reads `DIR/tokens.toml`.
    pub(crate) fn load(dir: &Path) -> Result<Self, TokensError> {
        let file = dir.join("tokens.toml");
        let text = read_secret(&file)?;
        let wrong = |offset: usize, key, reason: String| {
            let line = text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1;
            TokensError::Wrong { file: file.clone(), line, key, reason }
        };
        let parsed: TokenFile = toml::from_str(&text)
            .map_err(|error| wrong(error.span().map_or(0, |span| span.start), "tokens", error.message().to_owned()))?;
        let mut tokens = Vec::new();
        for line in parsed.tokens {
            let at = line.secret.span().start;
            if line.role == Role::Kiosk {
                return Err(wrong(at, "tokens.role", "the kiosk needs no token".to_owned()));
            }
            let token = BearerToken::new(line.secret.get_ref()).ok_or_else(|| {
                let reason = format!("must have at least {} visible ASCII characters", BearerToken::MIN_CHARS);
                wrong(at, "tokens.secret", reason)
            })?;
            tokens.push((token, line.role));
        }
        Ok(Self(tokens))
    }

    /// The role of whoever shows `presented`. Every token is compared, so that the time does not tell which one was near.
    pub(crate) fn role(&self, presented: &str) -> Option<Role> {
        self.0.iter().fold(None, |found, (token, role)| if token.matches(presented) { Some(*role) } else { found })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use danvan_daemon::write_private;

    fn load(text: &str) -> Result<Tokens, String> {
        let dir = tempfile::tempdir().unwrap();
        write_private(&dir.path().join("tokens.toml"), text.as_bytes()).unwrap();
        let prefix = format!("{}/", dir.path().display());
        Tokens::load(dir.path()).map_err(|error| error.to_string().replace(&prefix, ""))
    }

    #[test]
    fn a_token_gives_its_role_and_no_other() {
        let tokens = load(
            "[[tokens]]\nname = \"desk\"\nrole = \"staff\"\nsecret = \"aaaaaaaaaaaaaaaaaaaaaaaa\"\n\
             [[tokens]]\nname = \"board\"\nrole = \"board\"\nsecret = \"bbbbbbbbbbbbbbbbbbbbbbbb\"\n",
        )
        .unwrap();
        assert_eq!(tokens.role("bbbbbbbbbbbbbbbbbbbbbbbb"), Some(Role::Board));
        assert_eq!(tokens.role("aaaaaaaaaaaaaaaaaaaaaaaa"), Some(Role::Staff));
        assert_eq!(tokens.role("aaaaaaaaaaaaaaaaaaaaaaab"), None);
        assert_eq!(tokens.role(""), None);
    }

    #[test]
    fn a_broken_token_file_names_line_and_key_and_hides_the_secret() {
        let error = load("[[tokens]]\nname = \"desk\"\nrole = \"staff\"\nsecret = \"hunter2\"\n").unwrap_err();
        assert_eq!(error, "tokens.toml:4: tokens.secret: must have at least 22 visible ASCII characters");
        let error = load("[[tokens]]\nname = \"desk\"\nrole = \"chief\"\nsecret = \"x\"\n").unwrap_err();
        assert!(error.starts_with("tokens.toml:3: tokens: unknown variant `chief`"), "{error}");
    }
}
