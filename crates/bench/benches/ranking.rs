//! The read model and the ranking of all communes of the country after one year.

fn main() {}
