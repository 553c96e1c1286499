//! Plans at hand: a target that was asked for before is neither read nor written out again.
//!
//! Bounded: when it is full all is forgotten, which costs a client of ever new targets next to nothing.

use crate::plan::Plan;
use std::collections::HashMap;
use std::sync::Arc;

const MOST_PLANS: usize = 64;
/// Longer answers are written out for each request; to send them takes longer than that.
const LONGEST_KEPT_BYTES: usize = 256 * 1024;

#[derive(Debug)]
pub(crate) struct Catalogue {
    ordinary: Shelf,
    /// Of requests for the head alone.
    heads: Shelf,
}

#[derive(Debug)]
struct Shelf {
    null: Arc<Plan>,
    plans: HashMap<String, Arc<Plan>>,
}

impl Catalogue {
    pub(crate) fn new() -> Self {
        let shelf = |is_head| Shelf { null: Arc::new(Plan::for_target("/", is_head)), plans: HashMap::new() };
        Self { ordinary: shelf(false), heads: shelf(true) }
    }

    /// The null answer: of requests for which their script does not hold.
    pub(crate) fn null(&self, is_head: bool) -> Arc<Plan> {
        Arc::clone(if is_head { &self.heads.null } else { &self.ordinary.null })
    }

    pub(crate) fn plan(&mut self, target: &str, is_head: bool) -> Arc<Plan> {
        let plans = if is_head { &mut self.heads.plans } else { &mut self.ordinary.plans };
        if let Some(plan) = plans.get(target) {
            return Arc::clone(plan);
        }
        let plan = Arc::new(Plan::for_target(target, is_head));
        if is_kept(&plan) {
            if plans.len() == MOST_PLANS {
                plans.clear();
            }
            plans.insert(target.to_owned(), Arc::clone(&plan));
        }
        plan
    }
}

/// Whether a plan is small enough to be held for the next request.
pub(crate) fn is_kept(plan: &Plan) -> bool {
    plan.bytes.len() <= LONGEST_KEPT_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_planned_once_for_each_kind_of_request() {
        let mut catalogue = Catalogue::new();
        let (first, again) = (catalogue.plan("/?size=9", false), catalogue.plan("/?size=9", false));

        assert!(Arc::ptr_eq(&first, &again));
        assert!(catalogue.plan("/?size=9", true).bytes.len() < first.bytes.len());
    }

    #[test]
    fn neither_many_targets_nor_long_answers_fill_it() {
        let mut catalogue = Catalogue::new();
        for number in 0..10 * MOST_PLANS {
            catalogue.plan(&format!("/{number}"), false);
        }
        assert!(catalogue.ordinary.plans.len() <= MOST_PLANS);

        let long = format!("/?size={LONGEST_KEPT_BYTES}");
        let (first, again) = (catalogue.plan(&long, false), catalogue.plan(&long, false));
        assert!(!Arc::ptr_eq(&first, &again));
    }
}
