//! Memory of pipelines that have ended.

/// Gives pages back that nothing is in any more. A pipeline's threads allocate from pools of their own (glibc's arenas), and a
/// new pipeline's threads get others, so a camera that comes and goes would leave the process larger each time although
/// nothing is lost: 60 new connections, 445 MiB resident around 163 MiB in use.
pub(super) fn give_back() {
    #[cfg(target_env = "gnu")]
    {
        #[expect(unsafe_code, reason = "glibc's call to do it")]
        // SAFETY: it takes no pointer, may be called at any time by any thread, and touches free memory only.
        let given = unsafe { libc::malloc_trim(0) };
        tracing::trace!(given = given != 0, "memory of the pipeline given back");
    }
}
