package dev.culvert.esp;

import dev.culvert.esp.agent.EventRing;
import dev.culvert.esp.agent.PortChoice;
import dev.culvert.esp.agent.SaRegistry;
import dev.culvert.esp.packet.UdpEncapsulation;
import dev.culvert.esp.worker.CryptoWorker;
import dev.culvert.esp.worker.WorkerCrew;
import dev.culvert.tun.AddressFamily;
import dev.culvert.tun.SendBatch;
import dev.culvert.tun.SystemCallException;
import dev.culvert.tun.UdpPath;
import dev.culvert.tun.UdpPort;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.IdleStrategy;

/**
 * The dataplane as a whole: owns the agents, their threads and the rings to them. The TUN queues
 * and the UDP ports of its configuration stay the caller's, to be closed after it.
 *
 * <p>With several pairs of agents, an SA belongs to one of them, and policies to all.
 */
public final class Dataplane implements DataplaneControl, AutoCloseable {

    private static final int MAX_IKE_BYTES = 65507;

    private final SaRegistry registry = new SaRegistry();
    private final AtomicLong ikeSendFailures = new AtomicLong();
    private final EventRing events;
    private final List<AgentPair> pairs;
    private final SaOwners owners;
    private final WorkerCrew crew;
    private final DataplaneConfig config;
    private final List<AgentRunner> runners = new ArrayList<>();
    private final List<AgentRunner> workerRunners = new ArrayList<>();
    private final Object submitLock = new Object();
    private final Object sendLock = new Object();
    private final SendBatch controlBatch = new SendBatch(1, MAX_IKE_BYTES);

    /**
     * Puts the parts together; nothing moves before {@link #start()}.
     *
     * @throws SystemCallException when the wake-ups can't be opened
     */
    public Dataplane(DataplaneConfig config) throws SystemCallException {
        this.config = config;
        events =
                new EventRing(config.eventRingSlots(), config.ikeRingSlots(), config.controlWake());
        crew = new WorkerCrew(config.workers(), config.errorHandler());
        pairs = AgentPair.open(config, events, registry, crew);
        owners = new SaOwners(config.agents());
    }

    /** Starts the agents' threads. Once only. */
    public void start() {
        crew.workers().forEach(worker -> run(worker, worker.idleStrategy(), workerRunners));
        pairs.forEach(pair -> pair.start((agent, idle) -> run(agent, idle, runners)));
    }

    private void run(Agent agent, IdleStrategy idle, List<AgentRunner> started) {
        final AgentRunner runner = new AgentRunner(idle, this::onError, null, agent);
        started.add(runner);
        AgentRunner.startOnThread(runner);
    }

    /** An agent that was asked to close ends with an exception, which is no fault. */
    private void onError(Throwable error) {
        if (!(error instanceof AgentTerminationException)) {
            config.errorHandler().onError(error);
        }
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException for {@link DataplaneCommand.ShareOutboundSa}
     */
    @Override
    public CompletableFuture<Void> submit(DataplaneCommand command) {
        // All agents get commands in the same order, or they might forever disagree on whose SA
        // takes a packet.
        synchronized (submitLock) {
            return switch (command) {
                case DataplaneCommand.UpdatePath update ->
                        CompletableFuture.allOf(toAllInbound(update), toAllOutbound(update));
                case DataplaneCommand.InstallInboundSa install ->
                        wipeIfRefused(install.keys(), toInbound(owners.install(install), install));
                case DataplaneCommand.RemoveInboundSa remove ->
                        toInbound(owners.remove(remove.spi()), remove);
                case DataplaneCommand.InstallOutboundSa install ->
                        wipeIfRefused(install.keys(), install(install));
                case DataplaneCommand.ShareOutboundSa share ->
                        throw new IllegalArgumentException(
                                share + ": submit the installation instead");
                case DataplaneCommand.RemoveOutboundSa remove -> toAllOutbound(remove);
                case DataplaneCommand.InstallPolicy policy -> toAllOutbound(policy);
                case DataplaneCommand.RemovePolicy policy -> toAllOutbound(policy);
                case DataplaneCommand.PathMtu pathMtu -> toAllOutbound(pathMtu);
            };
        }
    }

    /** The others learn whose it is, and lead its packets there. */
    private CompletableFuture<Void> install(DataplaneCommand.InstallOutboundSa install) {
        final int owner = owners.ofOutbound(install.childId());
        final DataplaneCommand.ShareOutboundSa share =
                new DataplaneCommand.ShareOutboundSa(
                        install.childId(),
                        install.spi(),
                        owner,
                        install.priority(),
                        install.selectors(),
                        install.path());
        return all(i -> pairs.get(i).outboundCommands().submit(i == owner ? install : share));
    }

    private CompletableFuture<Void> toInbound(int agent, DataplaneCommand.Inbound command) {
        return pairs.get(agent).inboundCommands().submit(command);
    }

    private CompletableFuture<Void> toAllInbound(DataplaneCommand.Inbound command) {
        return all(i -> pairs.get(i).inboundCommands().submit(command));
    }

    private CompletableFuture<Void> toAllOutbound(DataplaneCommand.Outbound command) {
        return all(i -> pairs.get(i).outboundCommands().submit(command));
    }

    private CompletableFuture<Void> all(IntFunction<CompletableFuture<Void>> ofAgent) {
        return CompletableFuture.allOf(
                IntStream.range(0, pairs.size())
                        .mapToObj(ofAgent)
                        .toArray(CompletableFuture<?>[]::new));
    }

    /**
     * An agent wipes the keys of what it applies; nobody else would when a command never gets to
     * one.
     */
    private static CompletableFuture<Void> wipeIfRefused(
            EspKeys keys, CompletableFuture<Void> applied) {
        return applied.whenComplete((nothing, failure) -> keys.destroy());
    }

    @Override
    public int pollEvents(Consumer<? super DataplaneEvent> handler, int limit) {
        return events.poll(handler, limit);
    }

    @Override
    public boolean sendIke(
            InetSocketAddress local, InetSocketAddress remote, byte[] message, int dscp) {
        if (message.length > MAX_IKE_BYTES - UdpEncapsulation.MARKER_BYTES) {
            ikeSendFailures.incrementAndGet();
            return false;
        }
        synchronized (sendLock) {
            final MutableDirectBuffer buffer = controlBatch.buffer();
            final int offset = controlBatch.dataOffset(0);
            UdpEncapsulation.marker(buffer, offset);
            buffer.putBytes(offset + UdpEncapsulation.MARKER_BYTES, message);
            return send(local, remote, UdpEncapsulation.MARKER_BYTES + message.length, dscp << 2);
        }
    }

    @Override
    public boolean sendKeepalive(InetSocketAddress local, InetSocketAddress remote) {
        synchronized (sendLock) {
            controlBatch.buffer().putByte(controlBatch.dataOffset(0), (byte) 0xFF);
            return send(local, remote, 1, 0);
        }
    }

    private boolean send(
            InetSocketAddress local, InetSocketAddress remote, int lengthBytes, int tosByte) {
        final OptionalInt port = PortChoice.indexOf(config.ports(), local);
        final boolean sent =
                port.isPresent()
                        && AddressFamily.of(remote.getAddress())
                                == AddressFamily.of(local.getAddress())
                        && sendTo(
                                config.ports().get(port.getAsInt()),
                                local,
                                remote,
                                lengthBytes,
                                tosByte);
        if (!sent) {
            ikeSendFailures.incrementAndGet();
        }
        return sent;
    }

    private boolean sendTo(
            UdpPort port,
            InetSocketAddress local,
            InetSocketAddress remote,
            int lengthBytes,
            int tosByte) {
        controlBatch.clear();
        controlBatch.add(lengthBytes, UdpPath.between(local.getAddress(), remote), tosByte);
        return port.sendBatch(controlBatch) == 1;
    }

    /** Which offloads are wanted, which are in use, and why not. */
    public List<OffloadStatus> offloads() {
        return config.offloads().all();
    }

    /**
     * Counters of the inbound agent; with several, what they have counted together until now, so
     * ask again for later values.
     */
    public AgentCounters inboundCounters() {
        return AgentCounters.sum(pairs.stream().map(AgentPair::inboundCounters).toList());
    }

    /**
     * Counters of the outbound agent; with several, what they have counted together until now, so
     * ask again for later values.
     */
    public AgentCounters outboundCounters() {
        return AgentCounters.sum(pairs.stream().map(AgentPair::outboundCounters).toList());
    }

    /** IKE messages and keep-alives that the socket did not take. */
    public long ikeSendFailures() {
        return ikeSendFailures.get();
    }

    /** The installed SAs with live counters, in no order. */
    public List<SaStatus> saStatuses() {
        return registry.all();
    }

    /** One installed SA. */
    public Optional<SaStatus> saStatus(Direction direction, long childId, int spi) {
        return registry.find(direction, childId, spi);
    }

    /**
     * Ends the agents, wipes the keys and fails the commands that wait. A second call does nothing.
     */
    @Override
    public void close() {
        pairs.forEach(AgentPair::requestClose);
        runners.forEach(AgentRunner::close);
        runners.clear();
        pairs.forEach(AgentPair::onClose);
        // The agents have taken back what the workers had.
        crew.workers().forEach(CryptoWorker::requestClose);
        workerRunners.forEach(AgentRunner::close);
        workerRunners.clear();
        pairs.forEach(AgentPair::closeWakes);
    }
}
