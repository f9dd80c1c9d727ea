"""Digests' own templates, tried on a sample where nothing they do can harm."""

from watcher.app import WORKER_MEMORY, own_look
from watcher.clock import SystemClock
from watcher.deliver import test_digest
from watcher.digest import template_fault
from watcher.errors import Fault, WorkFailed
from watcher.jobs.outbox import TEMPLATE_LIMIT
from watcher.pool import WorkerPool
from watcher.settings import DigestPolicy, Settings


async def template_faults(settings: Settings) -> tuple[Fault, ...]:
    """What keeps templates from rendering, as warnings: a digest goes out all the same, in the built-in one."""
    own = [policy for policy in settings.digests if policy.template]
    if not own:
        return ()
    workers = WorkerPool(1, WORKER_MEMORY)
    try:
        found = [await _fault(settings, policy, workers) for policy in own]
    finally:
        await workers.aclose()
    return tuple(fault for fault in found if fault)


async def _fault(settings: Settings, policy: DigestPolicy, workers: WorkerPool) -> Fault | None:
    sample, look = test_digest(SystemClock().now()), own_look(settings, policy)
    try:
        wrong = await workers.run(template_fault, TEMPLATE_LIMIT, sample, look)
    except WorkFailed as stopped:
        wrong = None, str(stopped)
    if wrong is None:
        return None
    line, words = wrong
    return Fault(
        message=f"the template of digest {policy.name} fails: {words}",
        file=str(policy.template),
        line=line,
        hint="the built-in one takes its place until it is mended",
        warning=True,
    )
