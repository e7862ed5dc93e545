//! `danvan aggregator catalogue`, `danvan aggregator tree`, `danvan aggregator unit assign`: what a tier says for all of its units.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use danvan_aggregator::{OpenError, OperationError};
use danvan_event::{AggregatorAssigned, AggregatorName, UnitId};
use danvan_projection::Day;
use serde_json::json;

use super::{Whichever, enrol_failure};
use crate::client::Client;
use crate::exit::{Exit, Outcome};
use crate::input::{self, published_file};
use crate::output::Output;

/// `danvan aggregator catalogue …`
#[derive(Debug, Subcommand)]
pub(crate) enum CatalogueCommand {
    /// Công bố bộ cam kết | Publishes a pledge catalogue with its file: records `pledge.catalog_published`
    Publish(CataloguePublish),
    /// Danh sách bộ cam kết đã công bố | The catalogues that were published
    List(CatalogueList),
}

/// `danvan aggregator catalogue list`
#[derive(Debug, Args)]
pub(crate) struct CatalogueList {
    #[command(flatten)]
    running: Whichever,
}

/// `danvan aggregator catalogue publish FILE`
#[derive(Debug, Args)]
#[command(
    after_help = "Example: danvan aggregator catalogue publish schemas/catalogues/thanhhoa-2024.json --data ./aggregator\n\n\
    A unit that uses it records so in its own log: danvan node catalogue publish FILE."
)]
pub(crate) struct CataloguePublish {
    /// A pledge catalogue, see schemas/catalogues
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    running: Whichever,
}

/// `danvan aggregator tree …`
#[derive(Debug, Subcommand)]
pub(crate) enum TreeCommand {
    /// Công bố cây đơn vị | Publishes a tree of units with its file: records `unit.tree_published`
    Publish(TreePublish),
}

/// `danvan aggregator tree publish FILE`
#[derive(Debug, Args)]
#[command(
    after_help = "Example: danvan aggregator tree publish schemas/units/tree-thanh-hoa-2025.json --data ./aggregator"
)]
pub(crate) struct TreePublish {
    /// A tree of units, see schemas/units
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    running: Whichever,
}

/// `danvan aggregator unit assign UNIT…`
#[derive(Debug, Args)]
#[command(
    after_help = "Example: danvan aggregator unit assign nso2025-15091 nso2025-14758 --aggregator thanh-hoa --tier Tỉnh \
    --from 2025-07-01 --data ./aggregator"
)]
pub(crate) struct UnitAssign {
    /// The units
    #[arg(required = true, value_name = "UNIT")]
    units: Vec<UnitId>,
    /// Slug of the aggregator that gathers what they record
    #[arg(long, value_name = "NAME")]
    aggregator: AggregatorName,
    /// What its tier is called, such as Tỉnh
    #[arg(long)]
    tier: String,
    /// The first day, YYYY-MM-DD
    #[arg(long, value_name = "DAY")]
    from: Day,
    /// The first day no longer, YYYY-MM-DD
    #[arg(long, value_name = "DAY")]
    until: Option<Day>,
    #[command(flatten)]
    running: Whichever,
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
        let listed = match danvan_aggregator::catalogues(&self.running.data) {
            Ok(catalogues) => json!({ "catalogues": catalogues }),
            Err(OperationError::Open(OpenError::Running)) => {
                Client::new(&self.running.to, None)?.get("/api/v1/catalogues").await?
            }
            Err(error) => return Err(enrol_failure(&error)),
        };
        output.result(&listed, &published_file::catalogue_table(&listed));
        Ok(Exit::Done)
    }
}

impl CataloguePublish {
    async fn run(self, output: Output) -> Outcome {
        let file = input::read(&self.file)?;
        let catalogue = published_file::catalogue(&self.file, &file)?;
        let at_rest = danvan_aggregator::catalogue_publish(&self.running.data, &file);
        self.running.stated_file(at_rest, "catalogues", file, published_file::JSON).await?;
        let (name, version, status) = (&catalogue.catalog, &catalogue.version, catalogue.status);
        let document = json!({ "catalog": name, "version": version, "status": status });
        let text = format!("Đã công bố | Published: {name} {version} ({} | {})", status.label_vi(), status.label_en());
        output.result(&document, &text);
        Ok(Exit::Done)
    }
}

impl TreePublish {
    pub(super) async fn run(self, output: Output) -> Outcome {
        let file = input::read(&self.file)?;
        let tree = published_file::tree(&self.file, &file)?;
        let at_rest = danvan_aggregator::tree_publish(&self.running.data, &file);
        self.running.stated_file(at_rest, "trees", file, published_file::JSON).await?;
        let (name, from, units) = (&tree.tree, &tree.valid_from, tree.units.len());
        let document = json!({ "tree": name, "valid_from": from, "units_count": units });
        output.result(&document, &format!("Đã công bố | Published: {name}, {units} đơn vị, từ | from {from}"));
        Ok(Exit::Done)
    }
}

impl UnitAssign {
    pub(super) async fn run(self, output: Output) -> Outcome {
        let fact = AggregatorAssigned {
            aggregator: self.aggregator,
            tier: self.tier,
            units: self.units,
            valid_from: self.from.to_string(),
            valid_until: self.until.map(|until| until.to_string()),
        };
        let at_rest = danvan_aggregator::units_assign(&self.running.data, &fact);
        self.running.stated(at_rest, "assignments", &json!(fact)).await?;
        let units: Vec<&str> = fact.units.iter().map(UnitId::as_str).collect();
        let text = format!("Đã gán | Assigned: {} → {} ({})", units.join(", "), fact.aggregator, fact.valid_from);
        output.result(&json!(fact), &text);
        Ok(Exit::Done)
    }
}
