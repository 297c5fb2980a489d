package dev.culvert.esp.agent;

import dev.culvert.esp.AgentCounters;
import dev.culvert.esp.DataplaneCommand;
import dev.culvert.esp.DataplaneCommand.InstallInboundSa;
import dev.culvert.esp.DataplaneCommand.RemoveInboundSa;
import dev.culvert.esp.DataplaneCommand.UpdatePath;
import dev.culvert.esp.DataplaneConfig;
import dev.culvert.esp.Direction;
import dev.culvert.esp.DropReason;
import dev.culvert.esp.Offload;
import dev.culvert.esp.crypto.EspCipherProvider;
import dev.culvert.esp.sa.InboundSa;
import dev.culvert.tun.ReceiveBatch;
import dev.culvert.tun.UdpPort;
import dev.culvert.tun.WakeUp;
import java.util.List;
import java.util.function.Consumer;
import org.agrona.ErrorHandler;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NanoClock;

/**
 * Owns inbound SAs and their replay windows, and moves packets from the UDP ports to the TUN
 * device.
 */
public final class InboundAgent implements Agent {

    private static final int COMMANDS_PER_CYCLE = 64;
    private static final long IDLE_BLOCK_NS = 1_000_000_000;
    private static final int MAX_JOINED_SLOTS = 16;

    private final AgentCounters counters;
    private final CommandRing<DataplaneCommand.Inbound> commands;
    private final SaRegistry registry;
    private final EspCipherProvider ciphers;
    private final NanoClock clock;
    private final ErrorHandler errorHandler;
    private final List<UdpPort> ports;
    private final Int2ObjectHashMap<InboundSa> sas = new Int2ObjectHashMap<>();
    private final Readiness readiness;
    private final ReceiveBatch batch;
    private final InboundPipeline pipeline;
    private final Consumer<DataplaneCommand.Inbound> applyCommand = this::apply;
    private long nowNs;
    private boolean faulty;
    private volatile boolean closing;

    /** An agent without SAs. */
    public InboundAgent(
            DataplaneConfig config,
            AgentCounters counters,
            EventRing events,
            CommandRing<DataplaneCommand.Inbound> commands,
            SaRegistry registry) {
        this.counters = counters;
        this.commands = commands;
        this.registry = registry;
        ciphers = config.cipherProviders().get();
        clock = config.clock();
        errorHandler = config.errorHandler();
        ports = config.ports();
        readiness = new Readiness(ports.size());
        batch = new ReceiveBatch(slots(config), ReceiveBatch.MAX_DATAGRAM_BYTES);
        pipeline = new InboundPipeline(config, counters, events, batch, sas, this::drainCommands);
        nowNs = clock.nanoTime();
    }

    @Override
    public String roleName() {
        return "esp-inbound";
    }

    @Override
    public int doWork() {
        if (closing) {
            throw new AgentTerminationException();
        }
        nowNs = clock.nanoTime();
        int work = drainCommands();
        if (work > 0) {
            readiness.repeat();
        }
        faulty = false;
        final boolean alone = readiness.takeWoken();
        for (int i = 0; i < ports.size(); i++) {
            if (readiness.isReady(i)) {
                batch.limit(alone ? 1 : batch.slotCount());
                final int received = receive(ports.get(i));
                if (received < batch.limit()) {
                    readiness.drained(i);
                }
                work += received;
            }
        }
        return work;
    }

    /** Ends the agent at its next duty cycle. Any thread; wake the agent afterwards. */
    public void requestClose() {
        closing = true;
    }

    @Override
    public void onClose() {
        commands.close();
        sas.values().forEach(sa -> sa.cipher().destroy());
        sas.clear();
    }

    /** Blocks in poll when there is nothing to do. */
    public IdleStrategy idleStrategy(WakeUp wake) {
        return new PollIdleStrategy(
                ports.stream().mapToInt(UdpPort::fd).toArray(),
                wake,
                () -> IDLE_BLOCK_NS,
                () -> faulty,
                readiness);
    }

    /**
     * With joined datagrams each slot may fill up to 64 KiB: few of them keep what was opened in
     * the processor's cache until the TUN device takes it.
     */
    private static int slots(DataplaneConfig config) {
        return config.offloads().isInUse(Offload.UDP_GRO)
                ? Math.min(MAX_JOINED_SLOTS, config.batchPackets())
                : config.batchPackets();
    }

    private int drainCommands() {
        return commands.drain(applyCommand, COMMANDS_PER_CYCLE);
    }

    private int receive(UdpPort port) {
        final int received = port.receiveBatch(batch);
        if (received < 0) {
            faulty = true;
            return 0;
        }
        final int localPort = port.localAddress().getPort();
        for (int slot = 0; slot < received; slot++) {
            onSlot(slot, localPort);
        }
        try {
            // Nothing waits for packets that may come later, and the batch is free again.
            pipeline.flush();
        } catch (RuntimeException e) {
            onFault(e);
        }
        return received;
    }

    private void onSlot(int slot, int localPort) {
        if (batch.isTruncated(slot)) {
            counters.drop(DropReason.RUNT_DATAGRAM);
            return;
        }
        final int lengthBytes = batch.lengthBytes(slot);
        final int joined = batch.segmentSizeBytes(slot);
        final int segmentBytes = joined > 0 ? joined : Math.max(1, lengthBytes);
        final int datagrams = Math.max(1, (lengthBytes + segmentBytes - 1) / segmentBytes);
        pipeline.begin(slot, localPort, datagrams, nowNs);
        final int start = batch.dataOffset(slot);
        for (int i = 0; i < datagrams; i++) {
            final int taken = i * segmentBytes;
            try {
                pipeline.onDatagram(start + taken, Math.min(segmentBytes, lengthBytes - taken));
            } catch (RuntimeException e) {
                onFault(e);
            }
        }
    }

    private void onFault(RuntimeException fault) {
        counters.drop(DropReason.INTERNAL_FAULT);
        errorHandler.onError(fault);
    }

    private void apply(DataplaneCommand.Inbound command) {
        switch (command) {
            case InstallInboundSa install -> install(install);
            case RemoveInboundSa remove -> remove(remove);
            case UpdatePath update -> updatePath(update);
        }
    }

    private void install(InstallInboundSa command) {
        try {
            if (sas.containsKey(command.spi())) {
                throw new IllegalStateException(
                        "an inbound SA has SPI "
                                + Integer.toHexString(command.spi())
                                + " already; choose another one");
            }
            final InboundSa sa =
                    new InboundSa(
                            command,
                            ciphers.opening(command.suite(), command.keys(), command.esn()),
                            nowNs);
            sas.put(command.spi(), sa);
            registry.put(Direction.INBOUND, sa.childId(), sa.spi(), sa.counters());
        } finally {
            command.keys().destroy();
        }
    }

    private void remove(RemoveInboundSa command) {
        final InboundSa sa = sas.remove(command.spi());
        if (sa != null) {
            registry.remove(Direction.INBOUND, sa.childId(), sa.spi());
            sa.cipher().destroy();
        }
    }

    private void updatePath(UpdatePath command) {
        for (final InboundSa sa : sas.values()) {
            if (sa.childId() == command.childId()) {
                sa.path(command.path());
            }
        }
    }
}
