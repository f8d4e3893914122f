//! A marked body without its mark, to compare with what enforcement gives before its obligations.
//!
//! What a mark is made of is tested where it is made; nothing here says that one is valid.
