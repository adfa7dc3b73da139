//! The providers of phone numbers.

use cartesia_types::ApiVersion;
use serde_json::{Value, json};

use super::OPERATIONS;
use crate::fields::Fields;
use crate::middleware::parameter;
use crate::rejection::Rejection;
use crate::resource::{Changes, Kind, Operation, Resource, Scope, Tables, given};

pub(super) const TWILIO_REGIONS: [&str; 3] = ["us1", "ie1", "au1"];

pub(crate) struct Provider;

impl Resource for Provider {
    const KIND: Kind = Kind::Provider;

    fn first_version(_: Operation) -> ApiVersion {
        OPERATIONS
    }

    /// A bare array, filtered by type and account.
    fn list(_: Scope<'_>, tables: &Tables, query: &[(String, String)]) -> Result<Value, Rejection> {
        let same = |provider: &Value, name: &str| {
            parameter(query, name).is_none_or(|value| provider[name] == value)
        };
        let all = tables[Kind::Provider].items.iter();
        let wanted: Vec<_> = all
            .filter(|provider| same(provider, "type") && same(provider, "account_sid"))
            .collect();
        Ok(json!(wanted))
    }

    fn create(_: Scope<'_>, tables: &mut Tables, fields: &Fields<'_>) -> Result<Value, Rejection> {
        let kinds = ["twilio", "sip_trunk"];
        let kind = fields.required("type", fields.string_of("type", &kinds)?)?;
        let is_twilio = kind == "twilio";
        let needed: &[&str] = if is_twilio {
            &["account_sid", "api_key_sid", "api_key_secret"]
        } else {
            &["label"]
        };
        for name in needed {
            fields.required(name, fields.string(name)?)?;
        }
        let mut settings = settings(fields)?;
        if is_twilio {
            settings.entry("region").or_insert(json!("us1"));
            let account = &settings["account_sid"];
            let mut known = tables[Kind::Provider].items.iter();
            if known.any(|known| known["account_sid"] == *account) {
                return Err(Rejection::conflict("the account is known already"));
            }
        }
        settings.insert("type".to_owned(), json!(kind));
        settings.insert("created_at".to_owned(), Value::Null);
        settings.insert("updated_at".to_owned(), Value::Null);
        Ok(Value::Object(settings))
    }

    fn update(
        _: Scope<'_>,
        _: &mut Tables,
        _: &str,
        fields: &Fields<'_>,
    ) -> Result<Changes, Rejection> {
        settings(fields)
    }
}

/// The fields that a body sets, without the secret.
fn settings(fields: &Fields<'_>) -> Result<Changes, Rejection> {
    for name in ["api_key_secret", "label", "account_sid", "api_key_sid"] {
        fields.string(name)?;
    }
    fields.string_of("region", &TWILIO_REGIONS)?;
    for name in ["inbound", "outbound"] {
        fields.object(name)?;
    }
    let names = [
        "label",
        "account_sid",
        "api_key_sid",
        "region",
        "inbound",
        "outbound",
    ];
    Ok(given(fields, &names))
}
