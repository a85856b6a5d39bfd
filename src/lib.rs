//! Muckwatch.
