//! Files of pledge catalogues and unit trees, as a person hands them in.

use std::path::Path;

use danvan_event::{CatalogStatus, CatalogueFile, UnitTree};
use serde_json::Value;

use crate::exit::Failure;
use crate::input;
use crate::output::table;

/// What a JSON file is called over HTTP.
pub(crate) const JSON: &str = "application/json";

/// The catalogue in a file; one with an error is refused whole, with all of its errors.
pub(crate) fn catalogue(path: &Path, file: &[u8]) -> Result<CatalogueFile, Failure> {
    CatalogueFile::parse(file)
        .map_err(|error| input::refused(path, &error, ["bộ cam kết có lỗi", "the catalogue has errors"]))
}

/// The tree in a file; one with an error is refused whole, with all of its errors.
pub(crate) fn tree(path: &Path, file: &[u8]) -> Result<UnitTree, Failure> {
    UnitTree::parse(file)
        .map_err(|error| input::refused(path, &error, ["cây đơn vị có lỗi", "the tree of units has errors"]))
}

/// The catalogues of a machine's answer, one to a line.
pub(crate) fn catalogue_table(listed: &Value) -> String {
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let row = |row: &Value| {
        let status = row.get("status").and_then(|status| serde_json::from_value::<CatalogStatus>(status.clone()).ok());
        let groups = row["groups"].as_array().into_iter().flatten().map(|group| text(group, "label"));
        vec![
            row["index"].to_string(),
            text(row, "catalog"),
            text(row, "version"),
            status.map(|status| status.label_vi().to_owned()).unwrap_or_default(),
            groups.collect::<Vec<_>>().join(", "),
        ]
    };
    let rows = listed["catalogues"].as_array().into_iter().flatten().map(row);
    table(&["Mục", "Bộ cam kết", "Phiên bản", "Tình trạng", "Nhóm"], rows, &[0])
}

#[cfg(test)]
mod tests {
    use danvan_event::THANHHOA_2024;

    use super::*;
    use crate::exit::Exit;

    #[test]
    fn every_error_of_a_file_is_named_by_field_and_reason_in_both_languages() {
        let text = String::from_utf8(THANHHOA_2024.to_vec()).unwrap();
        let text = text.replace("\"version\"", "\"edition\"").replace("\"B2\"", "\"b-2\"");
        let refused = catalogue(Path::new("cam-ket.json"), text.as_bytes()).unwrap_err();
        let said = refused.text();
        assert_eq!(refused.exit(), Exit::Usage);
        for field in ["/edition", "/groups/0/items/1/code", "/version"] {
            assert_eq!(said.matches(&format!("\n  cam-ket.json: {field}: ")).count(), 2, "{field}: {said}");
        }
        assert!(said.starts_with("danvan: bộ cam kết có lỗi:\n"), "{said}");
        assert!(tree(Path::new("cay.json"), b"{}").unwrap_err().text().contains("/units"));
    }
}
