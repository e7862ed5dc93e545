//! Lists of a unit grow by little: thousands of units are held at once, and doubled lists would be half empty.

/// Room for this many more items is asked for at least; more with a thirty-second of those held.
const LEAST: usize = 4;

/// Makes room for one more item, and for a few that may come.
pub(crate) fn make_room<Item>(list: &mut Vec<Item>) {
    if list.len() == list.capacity() {
        list.reserve_exact(LEAST.max(list.len() / 32));
    }
}

/// Adds an item at the end.
pub(crate) fn push<Item>(list: &mut Vec<Item>, item: Item) {
    make_room(list);
    list.push(item);
}
