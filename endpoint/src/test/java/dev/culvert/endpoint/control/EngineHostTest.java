package dev.culvert.endpoint.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.assign.Assignments;
import dev.culvert.endpoint.dataplane.Configs;
import dev.culvert.endpoint.dataplane.FakeHost;
import dev.culvert.endpoint.dataplane.PolicyBook;
import dev.culvert.endpoint.dataplane.RecordingDataplane;
import dev.culvert.endpoint.dataplane.SaBook;
import dev.culvert.endpoint.hook.Updown;
import dev.culvert.esp.DataplaneCommand;
import dev.culvert.ike.EngineEvent;
import dev.culvert.ike.EngineInput;
import dev.culvert.ike.EngineOutput;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.crypto.SecretBytes;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EngineHostTest {
    private static final InetSocketAddress LOCAL = at("192.0.2.1", 4500);
    private static final InetSocketAddress REMOTE = at("192.0.2.2", 4500);

    private final RecordingDataplane dataplane = new RecordingDataplane();
    private final FakeHost network = new FakeHost();
    private final ScriptedEngine engine = new ScriptedEngine();
    private final EventHub events = new EventHub();
    private final EngineHost host =
            new EngineHost(
                    engine,
                    new EngineHost.Peripherals(
                            500,
                            new IkeSockets(List.of()),
                            dataplane,
                            new PolicyBook(dataplane, network, network),
                            new SaBook(
                                    dataplane,
                                    network,
                                    network,
                                    OptionalInt.empty(),
                                    1400,
                                    () -> 0),
                            network,
                            new Assignments(network, wanted -> {}),
                            new Updown("culvert0"),
                            new BackgroundJobs(() -> {}),
                            events,
                            Map::of),
                    () -> 0);

    @Test
    void shouldBeReadyToReceiveBeforeThePeerIsTold() {
        engine.script =
                input ->
                        List.of(
                                installInbound(),
                                new EngineOutput.Transmit(LOCAL, REMOTE, new byte[9], 46));

        host.handle(new EngineInput.Tick());

        assertThat(dataplane.log).hasSize(2);
        assertThat(dataplane.log.getFirst()).isInstanceOf(DataplaneCommand.InstallInboundSa.class);
        assertThat(dataplane.log.getLast()).isEqualTo("ike 4500 dscp 46");
    }

    @Test
    void shouldReportTheEndOfAnSaThatCouldNotBeInstalled() {
        dataplane.failing = true;
        engine.script =
                input -> input instanceof EngineInput.Tick ? List.of(installInbound()) : List.of();

        host.handle(new EngineInput.Tick());

        assertThat(engine.inputs).contains(new EngineInput.DataplaneEvent.HardLimit(1));
    }

    @Test
    void shouldAnswerWithTheSourceAddressAfterAllOutputsBefore() {
        engine.script =
                input ->
                        input instanceof EngineInput.Tick
                                ? List.of(
                                        new EngineOutput.ResolveSource(
                                                3, InetAddress.ofLiteral("192.0.2.2")),
                                        new EngineOutput.Keepalive(LOCAL, REMOTE))
                                : List.of(
                                        new EngineOutput.Transmit(LOCAL, REMOTE, new byte[9], 46));

        host.handle(new EngineInput.Tick());

        assertThat(engine.inputs)
                .containsExactly(
                        new EngineInput.Tick(),
                        new EngineInput.NameResolved(
                                3, List.of(InetAddress.ofLiteral("192.0.2.1"))));
        assertThat(dataplane.log).containsExactly("keepalive 4500", "ike 4500 dscp 46");
    }

    @Test
    void shouldTellHowACommandEndedOnce() {
        List<Optional<String>> told = new ArrayList<>();
        long requestId = host.newRequest(told::add);
        engine.script =
                input ->
                        List.of(
                                new EngineOutput.CommandDone(requestId, Optional.of("no peer")),
                                new EngineOutput.CommandDone(requestId, Optional.empty()));

        host.handle(new EngineInput.Tick());

        assertThat(told).containsExactly(Optional.of("no peer"));
    }

    @Test
    void shouldSurviveAndCountAnExceptionOfTheEngine() {
        engine.script =
                input -> {
                    throw new IllegalStateException("a bug");
                };
        host.handle(new EngineInput.Tick());
        engine.script = input -> List.of(new EngineOutput.Keepalive(LOCAL, REMOTE));

        host.handle(new EngineInput.Tick());

        assertThat(host.internalErrors()).isEqualTo(1);
        assertThat(dataplane.log).containsExactly("keepalive 4500");
    }

    @Test
    void shouldPublishEventsToListenersUntilTheyLeave() {
        List<EngineEvent> heard = new ArrayList<>();
        EngineEvent event = new EngineEvent.Trace(Optional.empty(), Optional.empty(), "a step");
        engine.script = input -> List.of(new EngineOutput.Notify(event));

        try (var subscription = events.subscribe(heard::add)) {
            assertThat(subscription).isNotNull();
            host.handle(new EngineInput.Tick());
        }
        host.handle(new EngineInput.Tick());

        assertThat(heard).containsExactly(event);
    }

    @Test
    void shouldPutPoliciesInForceBeforeTheEngineStartsConnections() {
        engine.script = input -> List.of(new EngineOutput.Keepalive(LOCAL, REMOTE));

        host.configure(
                Configs.of(
                        Configs.child(
                                "net",
                                ChildConfig.Mode.TUNNEL,
                                Set.of(ChildConfig.Action.START),
                                Configs.fixed("10.1.0.0/16"),
                                Configs.fixed("10.2.0.0/16"))));

        assertThat(dataplane.log.getFirst()).isInstanceOf(DataplaneCommand.InstallPolicy.class);
        assertThat(dataplane.log.getLast()).isEqualTo("keepalive 4500");
    }

    private static EngineOutput.InstallInbound installInbound() {
        return new EngineOutput.InstallInbound(
                Configs.negotiated(1),
                0xc0000001,
                SecretBytes.copyOf(new byte[20]),
                SecretBytes.copyOf(new byte[0]));
    }

    private static InetSocketAddress at(String address, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), port);
    }
}
