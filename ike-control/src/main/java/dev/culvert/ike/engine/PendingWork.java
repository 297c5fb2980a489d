package dev.culvert.ike.engine;

import dev.culvert.ike.CryptoJob;
import dev.culvert.ike.EngineInput;
import dev.culvert.ike.EngineOutput;
import dev.culvert.ike.session.Counter;
import dev.culvert.ike.session.KeResult;
import dev.culvert.ike.session.Phase;
import dev.culvert.ike.session.Session;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What IKE SAs have asked the host for and wait for: computations and lookups, numbered. An answer
 * that comes too late, or twice, is counted and dropped.
 */
final class PendingWork {
    private record Job(Session session, Consumer<KeResult> then) {}

    private record Lookup(Session session, Consumer<List<InetAddress>> then) {}

    private final EngineCore core;
    private final Map<Long, Job> jobs = new HashMap<>();
    private final Map<Long, Lookup> lookups = new HashMap<>();
    private long lastJobId;

    PendingWork(EngineCore core) {
        this.core = core;
    }

    void startCrypto(Session session, CryptoJob job, Consumer<KeResult> then) {
        long jobId = ++lastJobId;
        jobs.put(jobId, new Job(session, then));
        core.emit(new EngineOutput.StartCrypto(jobId, job));
    }

    void resolveName(Session session, String name, Consumer<List<InetAddress>> then) {
        long jobId = ++lastJobId;
        lookups.put(jobId, new Lookup(session, then));
        core.emit(new EngineOutput.ResolveName(jobId, name));
    }

    void resolveSource(Session session, InetAddress remote, Consumer<List<InetAddress>> then) {
        long jobId = ++lastJobId;
        lookups.put(jobId, new Lookup(session, then));
        core.emit(new EngineOutput.ResolveSource(jobId, remote));
    }

    void onCryptoDone(EngineInput.CryptoDone done) {
        Job job = jobs.remove(done.jobId());
        if (!(done.result() instanceof KeResult result)) {
            core.counters().increment(Counter.STALE_CRYPTO_RESULTS);
            return;
        }
        if (job == null || job.session().isGone()) {
            core.counters().increment(Counter.STALE_CRYPTO_RESULTS);
            result.discard();
            return;
        }
        core.confine(job.session(), () -> job.then().accept(result));
    }

    void onNameResolved(EngineInput.NameResolved resolved) {
        Lookup lookup = lookups.remove(resolved.jobId());
        if (lookup == null || lookup.session().isGone()) {
            core.counters().increment(Counter.STALE_CRYPTO_RESULTS);
            return;
        }
        core.confine(lookup.session(), () -> lookup.then().accept(resolved.addresses()));
    }

    /** How many key exchanges are being computed for peers that are not authenticated. */
    long keyExchangesForStrangers() {
        return jobs.values().stream()
                .filter(job -> job.session().phase() instanceof Phase.InitAnswering)
                .count();
    }

    void forget(Session session) {
        jobs.values().removeIf(job -> job.session() == session);
        lookups.values().removeIf(lookup -> lookup.session() == session);
    }

    int size() {
        return jobs.size() + lookups.size();
    }
}
