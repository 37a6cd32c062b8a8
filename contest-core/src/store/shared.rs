//! A shared store is a store.

use std::sync::Arc;

use crate::store::Store;
use crate::store::forward::forward_repositories;

macro_rules! pass_on {
    ($self:ident, $operation:ident, $method:ident($($argument:expr),*)) => {
        (**$self).$method($($argument),*).await
    };
}

forward_repositories!(pass_on, [S: Store + ?Sized], Arc<S>);
