//! The hierarchy of the entities: closed over parents, without cycles, actions as declared.
//!
//! Entities are numbered here; an entity that only is named has no parents. Nothing here knows a
//! layout or JSON.

/// Why parents are no hierarchy: an entity among its own ancestors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cycle {
    pub(crate) entity: u32,
}

/// All ancestors of every entity, ascending. `parents` holds each entity's direct parents.
pub(crate) fn close(parents: &[Vec<u32>]) -> Result<Vec<Vec<u32>>, Cycle> {
    let mut closed: Vec<Option<Vec<u32>>> = vec![None; parents.len()];
    let mut on_path = vec![false; parents.len()];
    // A stack of entities, each entered once to push its parents and once to gather them.
    let mut stack = Vec::new();
    for start in 0..parents.len() {
        stack.push((start, false));
        while let Some((entity, gather)) = stack.pop() {
            if closed.get(entity).is_none_or(Option::is_some) {
                continue;
            }
            let above = parents.get(entity).map(Vec::as_slice).unwrap_or_default();
            if gather {
                let mut all: Vec<u32> = above.to_vec();
                for parent in above {
                    if let Some(Some(theirs)) = closed.get(*parent as usize) {
                        all.extend(theirs);
                    }
                }
                all.sort_unstable();
                all.dedup();
                set(&mut on_path, entity, false);
                set(&mut closed, entity, Some(all));
                continue;
            }
            set(&mut on_path, entity, true);
            stack.push((entity, true));
            for &parent in above {
                if on_path.get(parent as usize) == Some(&true) {
                    return Err(Cycle { entity: parent });
                }
                stack.push((parent as usize, false));
            }
        }
    }
    Ok(closed.into_iter().map(Option::unwrap_or_default).collect())
}

fn set<T>(list: &mut [T], index: usize, value: T) {
    if let Some(place) = list.get_mut(index) {
        *place = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closes_and_finds_cycles() {
        let parents = [vec![1, 2], vec![3], vec![3], vec![], vec![0]];
        let closed = close(&parents).unwrap();
        assert_eq!(closed[0], [1, 2, 3]);
        assert_eq!(closed[4], [0, 1, 2, 3]);
        assert_eq!(close(&[vec![0]]), Err(Cycle { entity: 0 }));
        assert!(close(&[vec![1], vec![2], vec![1]]).is_err());
        assert!(close(&[vec![1], vec![2], vec![0]]).is_err());
    }

    #[test]
    fn a_long_chain_needs_no_recursion() {
        let parents: Vec<Vec<u32>> = (0..3000)
            .map(|i| if i == 0 { vec![] } else { vec![i - 1] })
            .collect();
        assert_eq!(close(&parents).unwrap()[2999].len(), 2999);
    }
}
