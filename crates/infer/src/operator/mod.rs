//! Operators of Luchs's own, for sessions of models that need them.
//!
//! Through the runtime's C interface: ort's traits give a kernel to one thread at a time as its own, which is right for
//! ort, whose sessions run once at a time, and wrong for an engine that runs one session on several threads. They also
//! allocate in every call.

#![expect(unsafe_code, reason = "a foreign interface")]

mod table8;
mod tensor;
#[cfg(test)]
mod tests;

use std::{
    ptr::NonNull,
    sync::{Mutex, PoisonError},
};

use luchs_model::{
    Operator,
    onnx::{FLOAT, GraphProto, ModelProto, NodeProto, ValueInfoProto},
};
use ort::{
    AsPointer as _, Error,
    environment::Environment,
    session::{Session, builder::SessionBuilder},
    sys::{OrtCustomOpDomain, OrtSessionOptions},
};
use prost::Message as _;

use crate::session::reason;

/// The set, as the runtime wants it. Made once and kept: sessions hold on to what is in it without a count.
struct Domain(NonNull<OrtCustomOpDomain>);

// SAFETY: after it was made, the runtime only reads it.
unsafe impl Send for Domain {}

fn domain() -> Result<NonNull<OrtCustomOpDomain>, Error> {
    static DOMAIN: Mutex<Option<Domain>> = Mutex::new(None);
    let mut slot = DOMAIN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(domain) = &*slot {
        return Ok(domain.0);
    }
    let api = ort::api();
    let mut domain = std::ptr::null_mut();
    // SAFETY: the name is a constant and copied; the operator is one too. Each status is given away once.
    unsafe {
        Error::result_from_status((api.CreateCustomOpDomain)(table8::DOMAIN.as_ptr(), &raw mut domain))?;
        Error::result_from_status((api.CustomOpDomain_Add)(domain, &raw const table8::OPERATOR))?;
    }
    let domain = NonNull::new(domain).ok_or_else(|| Error::new("no operator set was made"))?;
    Ok(slot.insert(Domain(domain)).0)
}

/// Makes `operators` known to the session that `builder` makes. Errors are reasons.
pub(crate) fn register(mut builder: SessionBuilder, operators: &[Operator]) -> Result<SessionBuilder, String> {
    if operators.is_empty() {
        return Ok(builder);
    }
    let options: *mut OrtSessionOptions = builder.ptr_mut();
    let added = domain().and_then(|domain| {
        // SAFETY: both are alive, and the options are borrowed by this function alone.
        unsafe { Error::result_from_status((ort::api().AddCustomOpDomain)(options, domain.as_ptr())) }
    });
    added.map(|()| builder).map_err(|error| reason(&error))
}

/// Makes the set known to the process, by a session that nobody needs. The runtime writes down the names of sets that it
/// first sees in a list of the process, without a lock, and every session that is being made reads it: so this has to be
/// done before there are any.
pub(crate) fn announce(environment: &Environment) {
    let value = |name| ValueInfoProto::tensor(name, FLOAT, &[1]);
    let nothing = ModelProto::new(GraphProto {
        name: "nothing".to_owned(),
        node: vec![NodeProto::new("Identity", &["from"], &["to"])],
        input: vec![value("from")],
        output: vec![value("to")],
        ..GraphProto::default()
    });
    let builder = Session::builder(environment).map_err(|error| reason(&error));
    let made = builder
        .and_then(|builder| builder.with_intra_threads(1).map_err(|error| reason(&error)))
        .and_then(|builder| register(builder, &Operator::ALL))
        .and_then(|mut builder| {
            let session = builder.commit_from_memory(&nothing.encode_to_vec());
            session.map_err(|error| reason(&error))
        });
    // Models that need none of them run all the same.
    if let Err(reason) = made {
        tracing::warn!(%reason, "this ONNX Runtime takes no operators of others: models with luchs.Table8 will not load");
    }
}
