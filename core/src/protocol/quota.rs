//! Quotas of users, clients and addresses (KIP-546), and salted passwords of users (KIP-554).

use super::ApiError;
use crate::sorted::SortedMap;
use serde::Serialize;

/// What a quota may be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum QuotaKind {
    /// The principal of a user.
    User,
    /// The id of a client.
    ClientId,
    /// An IP address.
    Ip,
}

impl QuotaKind {
    /// Kafka's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            QuotaKind::User => "user",
            QuotaKind::ClientId => "client-id",
            QuotaKind::Ip => "ip",
        }
    }
}

/// Whom a quota is for: a user, a client of a user …; no name stands for all that have none of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct QuotaEntity(pub SortedMap<QuotaKind, Option<String>>);

/// Changes quotas of one; a quota without value is taken away. Values are Java's texts of a `double`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlterClientQuotasRequest {
    /// Whose.
    pub entity: QuotaEntity,
    /// Quota and value.
    pub ops: Vec<(String, Option<String>)>,
}

/// Asks for the quotas of all whose kinds are exactly these, and whose names are those given: `None` for any name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DescribeClientQuotasRequest {
    /// Kinds and names.
    pub components: Vec<(QuotaKind, Option<Option<String>>)>,
}

/// Quotas by whom they are for.
pub type DescribedQuotas = Vec<(QuotaEntity, SortedMap<String, String>)>;

/// Changes the passwords of one user. Only what can be seen of them is kept.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlterUserScramCredentialsRequest {
    /// The user.
    pub user: String,
    /// Mechanism, and how often its hash is applied; none takes the password away.
    pub ops: Vec<(String, Option<i32>)>,
}

/// Outcome for one request about quotas or passwords.
pub type QuotaOutcome = Result<(), ApiError>;

/// Users with their mechanisms, and how often each hash is applied.
pub type DescribedCredentials = Vec<(String, SortedMap<String, i32>)>;
