//! `danvan node catalogue publish`: a unit says which pledge catalogue its officials sign.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use danvan_event::CatalogueFile;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::client::Client;
use crate::events::import;
use crate::exit::{Exit, Failure, Outcome};
use crate::input::{self, published_file};
use crate::new_event;
use crate::output::Output;

/// Where a node lists them.
const CATALOGUES: &str = "/api/v1/catalogues";

/// `danvan node catalogue …`
#[derive(Debug, Subcommand)]
pub(crate) enum CatalogueCommand {
    /// Ghi nhận bộ cam kết mà đơn vị dùng | Records the catalogue that the unit uses: `pledge.catalog_published` in its own log
    Publish(CataloguePublish),
    /// Danh sách bộ cam kết của đơn vị | The catalogues that the unit has recorded
    List(CatalogueList),
}

/// `danvan node catalogue list`
#[derive(Debug, Args)]
pub(crate) struct CatalogueList {
    /// Address of the node
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8410")]
    to: String,
}

/// `danvan node catalogue publish FILE`
#[derive(Debug, Args)]
#[command(after_help = "Example: danvan node catalogue publish thanhhoa-2024.json --label thuc_hien=\"4 thể hiện\" \
    --token-file staff.token\n\n\
    The event names the file by its SHA-256; where the aggregator published the same file, it says so beside the unit.")]
pub(crate) struct CataloguePublish {
    /// A pledge catalogue: the one that the aggregator published, or the unit's own
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What the unit calls a group, CODE=LABEL; may be given more than once
    #[arg(long = "label", value_name = "CODE=LABEL", value_parser = label)]
    labels: Vec<(String, String)>,
    /// Address of the node
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8410")]
    to: String,
    /// File with a bearer token of the role `staff` or `import`, readable by its owner only
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,
}

impl CatalogueCommand {
    /// Does it.
    pub(super) async fn run(self, output: Output) -> Outcome {
        match self {
            Self::Publish(publish) => publish.run(output).await,
            Self::List(list) => list.run(output).await,
        }
    }
}

impl CatalogueList {
    async fn run(self, output: Output) -> Outcome {
        let listed = Client::new(&self.to, None)?.get(CATALOGUES).await?;
        output.result(&listed, &published_file::catalogue_table(&listed));
        Ok(Exit::Done)
    }
}

impl CataloguePublish {
    async fn run(self, output: Output) -> Outcome {
        let file = input::read(&self.file)?;
        let catalogue = published_file::catalogue(&self.file, &file)?;
        let form = form(&catalogue, &file, &self.labels)?;
        let client = Client::new(&self.to, Some(input::secret(&self.token_file)?))?;
        let held = client.get(CATALOGUES).await?;
        if let Some(index) = recorded_before(&held, &form["data"]) {
            let document = document(&form["data"], Some(&index), true);
            let text = format!("Đã ghi nhận từ trước | Recorded before: {} {}", catalogue.catalog, catalogue.version);
            output.result(&document, &text);
            return Ok(Exit::Done);
        }
        let imported = import(&client, &[(1, form.to_string())], |_| {}).await?;
        if let Some(refused) = imported.refused.first() {
            return Err(Failure::failed("trạm không nhận", "the node does not take it", &refused.problem));
        }
        let index = imported.indices.first().map(|index| json!(index));
        let document = document(&form["data"], index.as_ref(), false);
        let text = format!("Đã ghi nhận bộ cam kết | Recorded: {} {}", catalogue.catalog, catalogue.version);
        output.result(&document, &text);
        Ok(Exit::Done)
    }
}

/// What was recorded, and where; `again` where it stood there before.
fn document(data: &Value, index: Option<&Value>, again: bool) -> Value {
    json!({
        "catalog": data["catalog"], "version": data["version"], "sha256": data["attachment_sha256"], "index": index,
        "again": again,
    })
}

/// Where the unit's log says exactly this, under no other labels and with no other file, and says it last: the newest publication
/// is the one in use, so a unit that goes back to an earlier version publishes it again.
fn recorded_before(held: &Value, data: &Value) -> Option<Value> {
    let says = |row: &&Value| data.as_object().is_some_and(|data| data.iter().all(|(name, said)| row[name] == *said));
    held["catalogues"].as_array()?.last().filter(says).map(|row| row["index"].clone())
}

/// The intake form, with its own id: a client that heard no answer may send the same form again.
fn form(catalogue: &CatalogueFile, file: &[u8], labels: &[(String, String)]) -> Result<Value, Failure> {
    let labels: BTreeMap<String, String> = labels.iter().cloned().collect();
    if let Some(unknown) = labels.keys().find(|code| !catalogue.groups.iter().any(|group| group.code == **code)) {
        return Err(Failure::usage("bộ cam kết không có nhóm này", "the catalogue has no such group", unknown));
    }
    let id = new_event::id()?;
    Ok(json!({
        "specversion": "1.0",
        "type": "vn.danvan.pledge.catalog_published.v1",
        "id": id.to_string(),
        "data": catalogue.published(&labels, hex::encode(Sha256::digest(file))),
    }))
}

fn label(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((code, label)) if !code.is_empty() && !label.trim().is_empty() => {
            Ok((code.to_owned(), label.trim().to_owned()))
        }
        _ => Err("CODE=LABEL".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use danvan_event::{Form, FormLimits, THANHHOA_2024};

    use super::*;

    #[test]
    fn the_form_is_one_that_a_node_takes_and_names_the_file_that_anyone_can_hash() {
        let catalogue = CatalogueFile::parse(THANHHOA_2024).unwrap();
        let labels = [label("thuc_hien=4 thể hiện").unwrap()];
        let form = form(&catalogue, THANHHOA_2024, &labels).unwrap();
        assert_eq!(form["data"]["attachment_sha256"], hex::encode(Sha256::digest(THANHHOA_2024)));
        assert_eq!(form["data"]["groups"][2]["label"], "4 thể hiện");
        assert_eq!(form["data"]["groups"][1]["items"][0]["attestation"], "unverified");
        assert!(Form::parse(form.to_string().as_bytes(), FormLimits::default()).is_ok());
    }

    #[test]
    fn what_the_log_says_already_is_known_by_every_member_of_its_data() {
        let catalogue = CatalogueFile::parse(THANHHOA_2024).unwrap();
        let data = form(&catalogue, THANHHOA_2024, &[]).unwrap()["data"].clone();
        let mut row = data.clone();
        row["index"] = json!(7);
        let held = |row: &Value| json!({ "catalogues": [row] });
        assert_eq!(recorded_before(&held(&row), &data), Some(json!(7)));
        row["groups"][2]["label"] = json!("4 thể hiện");
        assert_eq!(recorded_before(&held(&row), &data), None);
        assert_eq!(recorded_before(&json!({ "catalogues": [] }), &data), None);
    }

    #[test]
    fn a_version_that_another_one_followed_is_published_again() {
        let catalogue = CatalogueFile::parse(THANHHOA_2024).unwrap();
        let data = form(&catalogue, THANHHOA_2024, &[]).unwrap()["data"].clone();
        let row = |version: &str, index: u64| {
            let mut row = data.clone();
            row["version"] = json!(version);
            row["index"] = json!(index);
            row
        };
        let held = json!({ "catalogues": [row(&catalogue.version, 7), row("2", 8)] });
        assert_eq!(recorded_before(&held, &data), None);
        let held = json!({ "catalogues": [row("2", 8), row(&catalogue.version, 9)] });
        assert_eq!(recorded_before(&held, &data), Some(json!(9)));
    }

    #[test]
    fn a_group_that_the_catalogue_does_not_have_cannot_be_called_anything() {
        let catalogue = CatalogueFile::parse(THANHHOA_2024).unwrap();
        let refused = form(&catalogue, THANHHOA_2024, &[("thi_dua".to_owned(), "Thi đua".to_owned())]);
        assert_eq!(refused.unwrap_err().exit(), Exit::Usage);
        assert!(label("thuc_hien").is_err() && label("=4 thể hiện").is_err());
    }
}
