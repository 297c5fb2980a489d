package dev.culvert.esp;

import dev.culvert.esp.agent.CommandRing;
import dev.culvert.esp.agent.EventRing;
import dev.culvert.esp.agent.InboundAgent;
import dev.culvert.esp.agent.OutboundAgent;
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
import dev.culvert.tun.WakeUp;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.IdleStrategy;

/**
 * The dataplane as a whole: owns the two agents, their threads and the rings to them. The TUN queue
 * and the UDP ports of its configuration stay the caller's, to be closed after it.
 */
public final class Dataplane implements DataplaneControl, AutoCloseable {

    private static final int MAX_IKE_BYTES = 65507;

    private final AgentCounters inboundCounters = new AgentCounters();
    private final AgentCounters outboundCounters = new AgentCounters();
    private final SaRegistry registry = new SaRegistry();
    private final AtomicLong ikeSendFailures = new AtomicLong();
    private final EventRing events;
    private final WakeUp inboundWake;
    private final WakeUp outboundWake;
    private final CommandRing<DataplaneCommand.Inbound> inboundCommands;
    private final CommandRing<DataplaneCommand.Outbound> outboundCommands;
    private final InboundAgent inbound;
    private final OutboundAgent outbound;
    private final WorkerCrew crew;
    private final DataplaneConfig config;
    private final List<AgentRunner> runners = new ArrayList<>();
    private final List<AgentRunner> workerRunners = new ArrayList<>();
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
        inboundWake = WakeUp.open();
        outboundWake = WakeUp.open();
        inboundCommands = new CommandRing<>(config.commandRingSlots(), inboundWake::signal);
        outboundCommands = new CommandRing<>(config.commandRingSlots(), outboundWake::signal);
        crew = new WorkerCrew(config.workers(), config.errorHandler());
        inbound =
                new InboundAgent(
                        config,
                        inboundCounters,
                        events,
                        inboundCommands,
                        registry,
                        crew,
                        inboundWake::signal);
        outbound =
                new OutboundAgent(
                        config,
                        outboundCounters,
                        events,
                        outboundCommands,
                        registry,
                        crew,
                        outboundWake::signal);
    }

    /** Starts the agents' threads. Once only. */
    public void start() {
        crew.workers().forEach(worker -> run(worker, worker.idleStrategy(), workerRunners));
        run(inbound, inbound.idleStrategy(inboundWake), runners);
        run(outbound, outbound.idleStrategy(outboundWake), runners);
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

    @Override
    public CompletableFuture<Void> submit(DataplaneCommand command) {
        return switch (command) {
            case DataplaneCommand.UpdatePath update ->
                    CompletableFuture.allOf(
                            inboundCommands.submit(update), outboundCommands.submit(update));
            case DataplaneCommand.Inbound toInbound ->
                    wipeIfRefused(command, inboundCommands.submit(toInbound));
            case DataplaneCommand.Outbound toOutbound ->
                    wipeIfRefused(command, outboundCommands.submit(toOutbound));
        };
    }

    /**
     * An agent wipes the keys of what it applies; nobody else would when a command never gets to
     * one.
     */
    private static CompletableFuture<Void> wipeIfRefused(
            DataplaneCommand command, CompletableFuture<Void> applied) {
        return applied.whenComplete((nothing, failure) -> {
            if (command instanceof DataplaneCommand.InstallInboundSa install) {
                install.keys().destroy();
            } else if (command instanceof DataplaneCommand.InstallOutboundSa install) {
                install.keys().destroy();
            }
        });
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

    /** Counters of the inbound agent. */
    public AgentCounters inboundCounters() {
        return inboundCounters;
    }

    /** Counters of the outbound agent. */
    public AgentCounters outboundCounters() {
        return outboundCounters;
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
        inbound.requestClose();
        outbound.requestClose();
        inboundWake.signal();
        outboundWake.signal();
        runners.forEach(AgentRunner::close);
        runners.clear();
        // Again for agents that never had a thread; harmless after their own threads did it.
        inbound.onClose();
        outbound.onClose();
        // The agents have taken back what the workers had.
        crew.workers().forEach(CryptoWorker::requestClose);
        workerRunners.forEach(AgentRunner::close);
        workerRunners.clear();
        inboundWake.close();
        outboundWake.close();
    }
}
