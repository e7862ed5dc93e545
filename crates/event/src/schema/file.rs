//! Files with a schema of ours that are no events: read whole, or refused with everything that is wrong.

use jsonschema::Validator;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::canon_json::CanonJson;
use super::{compile, report};
use crate::{Canon, FieldProblem, FormError, ProblemCode};

/// The longest file of this kind, in bytes: as an attachment it has to fit beside its entry.
pub const MAX_FILE_BYTES: usize = 4 << 20;

/// The schema of one kind of file.
pub(crate) struct FileSchema {
    schema: Value,
    validator: Validator<CanonJson>,
}

impl FileSchema {
    /// Of an embedded text.
    #[expect(clippy::expect_used, reason = "the schemas are embedded; a test compiles every one")]
    pub(crate) fn new(text: &str) -> FileSchema {
        let schema: Value = serde_json::from_str(text).expect("an embedded schema is JSON");
        FileSchema { validator: compile(&schema), schema }
    }

    /// The content of a file that keeps the schema; `check` adds what a schema cannot say.
    pub(crate) fn read<Content: DeserializeOwned>(
        &self,
        bytes: &[u8],
        check: impl FnOnce(&Content) -> Vec<FieldProblem>,
    ) -> Result<Content, FormError> {
        if bytes.len() > MAX_FILE_BYTES {
            return Err(too_large().into());
        }
        let canon = Canon::parse_lenient(bytes).map_err(FieldProblem::from)?;
        let mut problems = report::problems(&self.validator, &self.schema, &canon);
        for problem in &mut problems {
            // A file is no event: its fields have no `data` before them.
            problem.field = problem.field.strip_prefix("/data").unwrap_or(&problem.field).to_owned();
            if problem.code == ProblemCode::UnknownField {
                *problem = FieldProblem::new(
                    problem.field.as_str(),
                    ProblemCode::UnknownField,
                    "Tệp loại này không có mục này; hãy kiểm tra tên mục.",
                    "This kind of file has no such field; check its name.",
                );
            }
        }
        if !problems.is_empty() {
            return Err(FormError { problems });
        }
        let content: Content = canon.decode().map_err(|error| {
            FieldProblem::new(
                "",
                ProblemCode::BadFormat,
                "Tệp không đọc được.",
                format!("The file cannot be read: {error}."),
            )
        })?;
        let problems = check(&content);
        if problems.is_empty() { Ok(content) } else { Err(FormError { problems }) }
    }
}

fn too_large() -> FieldProblem {
    FieldProblem::new(
        "",
        ProblemCode::TooLarge,
        format!("Tệp dài tối đa {MAX_FILE_BYTES} byte."),
        format!("A file has {MAX_FILE_BYTES} bytes at most."),
    )
}
