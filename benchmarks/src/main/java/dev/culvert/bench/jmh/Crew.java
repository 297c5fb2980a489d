package dev.culvert.bench.jmh;

import dev.culvert.esp.worker.CryptoWorker;
import dev.culvert.esp.worker.WorkerCrew;
import java.util.List;
import org.agrona.concurrent.AgentRunner;

/**
 * Crypto workers with their threads.
 *
 * @param crew for an agent
 * @param runners of the threads
 */
record Crew(WorkerCrew crew, List<AgentRunner> runners) {

    /** Threads are started by {@link #start}. */
    static Crew of(int workers) {
        final WorkerCrew crew = new WorkerCrew(workers, Crew::fail);
        return new Crew(
                crew,
                crew.workers().stream()
                        .map(worker ->
                                new AgentRunner(worker.idleStrategy(), error -> {}, null, worker))
                        .toList());
    }

    static void fail(Throwable error) {
        throw new IllegalStateException(error);
    }

    void start() {
        runners.forEach(AgentRunner::startOnThread);
    }

    void close() {
        crew.workers().forEach(CryptoWorker::requestClose);
        runners.forEach(AgentRunner::close);
    }
}
