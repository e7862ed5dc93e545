//! What can be wrong with a deployment.

/// What is wrong with the deployment, for those who build a bad one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fraud {
    None,
    /// The aggregator gives a receipt for a size that its log does not know.
    SecretReceipt,
    /// The aggregator skips a batch.
    Gap,
    /// The batch is another one than the entry names.
    OtherBatch,
    /// The aggregator publishes ten points more for the first row.
    BetterRow,
    /// The aggregator announces another inputs document.
    OtherInputs,
    /// The aggregator mirrors a log that it never enrolled.
    Stranger,
    /// A commune uses an id twice.
    TwiceTheSame,
    /// A commune uses an id twice, and the aggregator does not say that the second entry does not count.
    Unsaid,
    /// The aggregator says of a sound entry that it does not count.
    Slander,
    /// The aggregator gives another reason than the rules.
    OtherReason,
    /// The aggregator enrols a commune that nobody knows, and holds nothing of it.
    Phantom,
    /// No fraud: the log of the first commune does not reach the end of the year, and it is left out with a reason.
    LateLeftOut,
    /// The log of the first commune does not reach the end of the year, and the aggregator publishes all the same.
    LatePublished,
    /// Nothing ever came from a commune that is registered and enrolled, and the aggregator publishes all the same.
    SilentPublished,
    /// The first commune is left out although nothing of it is missing.
    CompleteLeftOut,
    /// What is published names approvals that are none.
    Unapproved,
    /// Both approvals are of one post.
    OnePost,
    /// The second approval is signed by another key than it names.
    ForgedApproval,
    /// A file that the aggregator publishes is not what its entry says.
    File(FileFraud),
}

/// What is wrong with the file of a catalogue or a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileFraud {
    /// The file of the catalogue is not there.
    CatalogueWithoutFile,
    /// A file is attached, and the catalogue's entry names none.
    CatalogueUnnamed,
    /// The entry says another version than the file.
    CatalogueOfAnotherVersion,
    /// A group of the catalogue has another label than in the file.
    CatalogueRelabelled,
    /// The file is no catalogue.
    NoCatalogue,
    /// The file of the tree is not there.
    TreeWithoutFile,
    /// Another file than the entry names.
    AnotherTree,
    /// The entry counts more units than the file.
    TreeOfMoreUnits,
    /// The file is no tree.
    NoTree,
}
