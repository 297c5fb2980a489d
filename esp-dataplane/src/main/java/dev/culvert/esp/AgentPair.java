package dev.culvert.esp;

import dev.culvert.esp.agent.AgentPlace;
import dev.culvert.esp.agent.CommandRing;
import dev.culvert.esp.agent.EventRing;
import dev.culvert.esp.agent.HandOverRing;
import dev.culvert.esp.agent.InboundAgent;
import dev.culvert.esp.agent.OutboundAgent;
import dev.culvert.esp.agent.SaRegistry;
import dev.culvert.esp.worker.WorkerCrew;
import dev.culvert.tun.SystemCallException;
import dev.culvert.tun.WakeUp;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.IdleStrategy;

/**
 * An agent for each direction, with the rings to them. A pair has a TUN queue and UDP ports of its
 * own.
 */
final class AgentPair {

    private final Wakes wakes;
    private final AgentCounters inboundCounters = new AgentCounters();
    private final AgentCounters outboundCounters = new AgentCounters();
    private final CommandRing<DataplaneCommand.Inbound> inboundCommands;
    private final CommandRing<DataplaneCommand.Outbound> outboundCommands;
    private final InboundAgent inbound;
    private final OutboundAgent outbound;

    private record Wakes(WakeUp inbound, WakeUp outbound) {
        static Wakes open() throws SystemCallException {
            return new Wakes(WakeUp.open(), WakeUp.open());
        }
    }

    private AgentPair(
            DataplaneConfig config,
            EventRing events,
            SaRegistry registry,
            WorkerCrew crew,
            Wakes wakes,
            AgentPlace inboundPlace,
            AgentPlace outboundPlace) {
        this.wakes = wakes;
        inboundCommands = new CommandRing<>(config.commandRingSlots(), wakes.inbound()::signal);
        outboundCommands = new CommandRing<>(config.commandRingSlots(), wakes.outbound()::signal);
        inbound =
                new InboundAgent(
                        config,
                        inboundCounters,
                        events,
                        inboundCommands,
                        registry,
                        crew,
                        wakes.inbound()::signal,
                        inboundPlace);
        outbound =
                new OutboundAgent(
                        config,
                        outboundCounters,
                        events,
                        outboundCommands,
                        registry,
                        crew,
                        wakes.outbound()::signal,
                        outboundPlace);
    }

    /**
     * As many pairs as the configuration has.
     *
     * @throws SystemCallException when the wake-ups can't be opened
     */
    static List<AgentPair> open(
            DataplaneConfig config, EventRing events, SaRegistry registry, WorkerCrew crew)
            throws SystemCallException {
        final List<Wakes> wakes = new ArrayList<>();
        for (int i = 0; i < config.agents(); i++) {
            wakes.add(Wakes.open());
        }
        final List<HandOverRing> toInbound = rings(wakes.stream().map(Wakes::inbound).toList());
        final List<HandOverRing> toOutbound = rings(wakes.stream().map(Wakes::outbound).toList());
        return IntStream.range(0, config.agents())
                .mapToObj(i ->
                        new AgentPair(
                                config.ofAgent(i),
                                events,
                                registry,
                                crew,
                                wakes.get(i),
                                new AgentPlace(i, toInbound),
                                new AgentPlace(i, toOutbound)))
                .toList();
    }

    /** One agent has nobody to hand anything to. */
    private static List<HandOverRing> rings(List<WakeUp> wakes) {
        return wakes.size() == 1
                ? List.of()
                : wakes.stream().map(wake -> new HandOverRing(wake::signal)).toList();
    }

    CommandRing<DataplaneCommand.Inbound> inboundCommands() {
        return inboundCommands;
    }

    CommandRing<DataplaneCommand.Outbound> outboundCommands() {
        return outboundCommands;
    }

    AgentCounters inboundCounters() {
        return inboundCounters;
    }

    AgentCounters outboundCounters() {
        return outboundCounters;
    }

    /** Hands both agents over to whoever gives them threads. */
    void start(BiConsumer<Agent, IdleStrategy> starter) {
        starter.accept(inbound, inbound.idleStrategy(wakes.inbound()));
        starter.accept(outbound, outbound.idleStrategy(wakes.outbound()));
    }

    void requestClose() {
        inbound.requestClose();
        outbound.requestClose();
        wakes.inbound().signal();
        wakes.outbound().signal();
    }

    /** Once more for agents that never had a thread; harmless after their own threads did it. */
    void onClose() {
        inbound.onClose();
        outbound.onClose();
    }

    void closeWakes() {
        wakes.inbound().close();
        wakes.outbound().close();
    }
}
