//! Firing a trigger: each of its active rules invokes its action, durably and without a wait, and the trigger's record
//! says what came of each.
//!
//! The answer goes out when all of that is stored. So a client that has a 202 has a record, and no action of it is lost.

use std::sync::Arc;

use crate::{
    api::{Host, error::ApiError, run},
    invoke::payload::Payload,
    model::{
        ActivationId, Parameters, Rule, Trigger,
        time::now_epoch_millis,
        trigger::{Firing, RuleResult, RuleStatus},
    },
    store::namespaces::Identity,
};

/// Rules of one trigger that are begun at a time.
const TOGETHER: usize = 16;

/// Fires a trigger: with its parameters, over them those that are given, over them the payload. None: no rule is active, so
/// nothing happens and there is no record.
pub async fn fire(
    host: &Arc<Host>,
    trigger: &Trigger,
    identity: &Arc<Identity>,
    (payload, over): (Payload, &Parameters),
    transaction_id: &Arc<str>,
) -> Result<Option<ActivationId>, ApiError> {
    if let Err(refused) = host.fires.admit(&trigger.path.namespace) {
        host.metrics.refused("fires_per_minute");
        return Err(ApiError::too_many(refused));
    }
    let rules = host.store.rules_of(&trigger.path.namespace, &trigger.path.name);
    if !rules.iter().any(|rule| rule.status == RuleStatus::Active) {
        host.metrics.fired("no_rule");
        return Ok(None);
    }
    let Payload::Object(sent) = &payload else { return Err(ApiError::malformed("Object expected")) };
    let id = ActivationId::new();
    let start_epoch_millis = now_epoch_millis();
    let arguments = Payload::Object(payload.merged_over(&trigger.parameters.clone().overlaid(over)));
    let followed: Vec<Arc<Rule>> =
        rules.into_iter().filter(|rule| rule.status != RuleStatus::Detached).collect();
    let mut results = Vec::with_capacity(followed.len());
    for together in followed.chunks(TOGETHER) {
        // Tasks of their own, so that the commits that they wait for are one.
        let begun: Vec<_> = together
            .iter()
            .map(|rule| {
                let (host, rule, identity) = (Arc::clone(host), Arc::clone(rule), Arc::clone(identity));
                let (arguments, transaction_id) = (arguments.clone(), Arc::clone(transaction_id));
                tokio::spawn(async move { begin(&host, &rule, &identity, arguments, &transaction_id).await })
            })
            .collect();
        for (rule, task) in together.iter().zip(begun) {
            results.push(RuleResult {
                rule: format!("{}/{}", rule.namespace, rule.name),
                action: rule.action.to_string(),
                began: task.await.map_err(|error| ApiError::internal(&error))?,
            });
        }
    }
    host.store
        .record_firing(Firing {
            id,
            trigger: trigger.path.clone(),
            version: trigger.version,
            start_epoch_millis,
            payload: sent.clone(),
            rules: results,
        })
        .await?;
    host.metrics.fired("fired");
    Ok(Some(id))
}

async fn begin(
    host: &Arc<Host>,
    rule: &Rule,
    identity: &Arc<Identity>,
    arguments: Payload,
    transaction_id: &Arc<str>,
) -> Result<ActivationId, (u8, String)> {
    if rule.status != RuleStatus::Active {
        let rule_name = format!("{}/{}", rule.namespace, rule.name);
        return Err((
            APPLICATION_ERROR,
            format!("Rule '{rule_name}' is inactive, action '{}' was not activated.", rule.action),
        ));
    }
    run::accept(host, &rule.action, identity, arguments, transaction_id).await.map_err(|error| {
        (if error.status.is_server_error() { HOST_ERROR } else { APPLICATION_ERROR }, error.text)
    })
}

/// OpenWhisk's codes for what went wrong before an action began.
const APPLICATION_ERROR: u8 = 1;
const HOST_ERROR: u8 = 3;
