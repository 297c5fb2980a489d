package dev.culvert.endpoint.vici;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.endpoint.config.ConfigLoader;
import dev.culvert.endpoint.config.PoolParser;
import dev.culvert.ike.EngineEvent;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ViciServerTest {
    @TempDir Path directory;

    private Path socket;
    private FakeDaemon daemon;
    private ViciServer server;

    @BeforeEach
    void start() throws IOException {
        Path conf = directory.resolve("test.conf");
        Files.writeString(conf, TestConfig.TEXT);
        daemon =
                new FakeDaemon(
                        new ConfigLoader().load(conf).configuration().orElseThrow().engine());
        socket = directory.resolve("run/culvert.vici");
        server = ViciServer.open(socket, daemon);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void shouldAnswerWhenManyClientsAsk() throws IOException {
        assertAnswers();
    }

    @Test
    void shouldAnswerInOrderWhenRequestsArePipelined() throws IOException {
        try (ViciChannel channel = ViciChannel.connect(socket)) {
            channel.write(new ViciPacket.EventRegister("list-conn"));
            channel.write(new ViciPacket.CommandRequest("list-conns", ViciSection.EMPTY));
            channel.write(new ViciPacket.CommandRequest("nonsense", ViciSection.EMPTY));
            channel.write(new ViciPacket.EventUnregister("list-conn"));
            channel.write(new ViciPacket.EventUnregister("list-conn"));
            channel.write(new ViciPacket.EventRegister("nonsense"));
            assertThat(channel.read()).contains(new ViciPacket.EventConfirm());
            assertThat(channel.read().orElseThrow()).isInstanceOf(ViciPacket.Event.class);
            assertThat(channel.read().orElseThrow()).isInstanceOf(ViciPacket.Event.class);
            assertThat(channel.read()).contains(new ViciPacket.CommandResponse(ViciSection.EMPTY));
            assertThat(channel.read()).contains(new ViciPacket.CommandUnknown());
            assertThat(channel.read()).contains(new ViciPacket.EventConfirm());
            assertThat(channel.read()).contains(new ViciPacket.EventUnknown());
            assertThat(channel.read()).contains(new ViciPacket.EventUnknown());
        }
    }

    @Test
    void shouldGiveReasonWhenCommandIsKnownButRefused() throws IOException {
        try (ViciClient client = ViciClient.connect(socket)) {
            for (String command :
                    List.of(
                            "load-conn",
                            "unload-conn",
                            "load-authority",
                            "unload-authority",
                            "load-pool",
                            "unload-pool",
                            "load-cert",
                            "load-key",
                            "unload-key",
                            "load-token",
                            "load-shared",
                            "unload-shared",
                            "clear-creds",
                            "rekey",
                            "install",
                            "uninstall",
                            "reset-counters",
                            "initiate",
                            "terminate")) {
                ViciSection answer = client.call(command, ViciSection.EMPTY);
                assertThat(answer.value("success")).as(command).contains("no");
                assertThat(answer.value("errmsg").orElseThrow()).as(command).isNotEmpty();
            }
        }
    }

    @Test
    void shouldTellPoolsAndLeasesWhenAsked() throws IOException {
        try (ViciClient client = ViciClient.connect(socket)) {
            ViciSection plain = client.call("get-pools", ViciSection.EMPTY).sub("clients");
            assertThat(plain.value("base")).contains("10.4.0.0");
            assertThat(plain.value("size")).contains("254");
            assertThat(plain.value("online")).contains("1");
            assertThat(plain.value("offline")).contains("1");
            assertThat(plain.sub("leases")).isEqualTo(ViciSection.EMPTY);
            ViciSection lease =
                    client.call(
                                    "get-pools",
                                    ViciSection.of(
                                            b -> b.put("leases", "yes").put("name", "clients")))
                            .sub("clients")
                            .sub("leases")
                            .sub("0");
            assertThat(lease.value("address")).contains("10.4.0.1");
            assertThat(lease.value("identity")).contains("sun");
            assertThat(lease.value("status")).contains("online");
            assertThat(client.call("get-pools", ViciSection.of(b -> b.put("name", "other"))))
                    .isEqualTo(ViciSection.EMPTY);
        }
    }

    @Test
    void shouldLoadAndUnloadPoolsWhenTheyMakeSense() throws IOException {
        try (ViciClient client = ViciClient.connect(socket)) {
            ViciSection good =
                    ViciSection.of(b ->
                            b.section(
                                    "p",
                                    ViciSection.of(p ->
                                            p.put("addrs", "10.9.0.0/24")
                                                    .list("dns", List.of("10.9.0.53")))));
            assertThat(client.call("load-pool", good).value("success")).contains("yes");
            assertThat(daemon.requests)
                    .last()
                    .isEqualTo(
                            PoolParser.parse(
                                            "p", "10.9.0.0/24", Map.of("dns", List.of("10.9.0.53")))
                                    .orThrow());
            ViciSection bad =
                    ViciSection.of(b ->
                            b.section("p", ViciSection.of(p -> p.put("addrs", "10.9.0.0/99"))));
            assertThat(client.call("load-pool", bad).value("errmsg").orElseThrow())
                    .contains("pool 'p'");
            assertThat(
                            client.call("unload-pool", ViciSection.of(b -> b.put("name", "p")))
                                    .value("success"))
                    .contains("yes");
            assertThat(daemon.requests).last().isEqualTo("unload p");
        }
    }

    @Test
    void shouldAnswerWhenCommandIsOfTheList() throws IOException {
        try (ViciClient client = ViciClient.connect(socket)) {
            for (String command :
                    List.of(
                            "stats",
                            "list-sas",
                            "list-policies",
                            "list-certs",
                            "list-authorities",
                            "get-authorities",
                            "get-conns",
                            "get-keys",
                            "get-shared",
                            "get-pools",
                            "get-algorithms",
                            "get-counters",
                            "flush-certs",
                            "reload-settings",
                            "culvert-status")) {
                assertThat(client.call(command, ViciSection.EMPTY).value("errmsg"))
                        .as(command)
                        .isEmpty();
            }
        }
    }

    @Test
    void shouldTellEventsWhenRegistered() throws IOException {
        try (ViciChannel channel = ViciChannel.connect(socket)) {
            for (String name : List.of("ike-updown", "child-updown", "alert", "log")) {
                channel.write(new ViciPacket.EventRegister(name));
                assertThat(channel.read()).contains(new ViciPacket.EventConfirm());
            }
            daemon.publish(new EngineEvent.IkeUp(FakeDaemon.established()));
            assertThat(event(channel, "log").value("msg").orElseThrow()).contains("up");
            ViciSection up = event(channel, "ike-updown");
            assertThat(up.value("up")).contains("yes");
            assertThat(up.sub("gw").value("state")).contains("ESTABLISHED");
            daemon.publish(
                    new EngineEvent.ChildDown(
                            FakeDaemon.established(), FakeDaemon.net(), "deleted"));
            event(channel, "log");
            ViciSection down = event(channel, "child-updown");
            assertThat(down.value("up")).isEmpty();
            assertThat(down.sub("gw").sub("child-sas").sub("net-1").value("spi-in"))
                    .contains("c1234567");
            daemon.publish(
                    new EngineEvent.KeyMaterial(
                            Optional.of("gw"), EngineEvent.KeyFile.ESP_SA, "the keys"));
            daemon.publish(
                    new EngineEvent.Alert(
                            Optional.of("gw"),
                            Optional.empty(),
                            EngineEvent.AlertType.TS_MISMATCH,
                            "no common selectors",
                            List.of()));
            assertThat(event(channel, "log").toString()).doesNotContain("the keys");
            assertThat(event(channel, "alert").value("type")).contains("ts-mismatch");
        }
    }

    @Test
    void shouldEndConnectionWhenClientSendsGarbage() throws IOException {
        for (byte[] garbage :
                List.of(
                        new byte[] {0, 0, 0, 1, 99},
                        new byte[] {0, 0, 0, 0},
                        new byte[] {-1, -1, -1, -1},
                        new byte[] {0, 8, 0, 1},
                        new byte[] {0, 0, 0, 1, 1})) {
            try (SocketChannel raw = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                raw.connect(UnixDomainSocketAddress.of(socket));
                raw.write(ByteBuffer.wrap(garbage));
                assertThat(raw.read(ByteBuffer.allocate(1))).isEqualTo(-1);
            }
        }
        assertAnswers();
    }

    @Test
    void shouldAnswerWhenClientHasStoppedSending() throws IOException {
        try (SocketChannel raw = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            raw.connect(UnixDomainSocketAddress.of(socket));
            ViciChannel channel = new ViciChannel(raw);
            channel.write(new ViciPacket.CommandRequest("version", ViciSection.EMPTY));
            raw.shutdownOutput();
            assertThat(channel.read().orElseThrow()).isInstanceOf(ViciPacket.CommandResponse.class);
            assertThat(channel.read()).isEmpty();
        }
    }

    @Test
    void shouldKeepOthersOutWhenListening() throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket.getParent())))
                .isEqualTo("rwx------");
        try (var files = Files.list(socket.getParent())) {
            assertThat(files.map(f -> f.getFileName().toString()))
                    .containsExactlyInAnyOrder("culvert.vici", "culvert.vici.lock");
        }
    }

    @Test
    void shouldRefuseWhenAnotherListensThere() throws IOException {
        assertThatThrownBy(() -> ViciServer.open(socket, daemon))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("another culvert runs with this run directory");
        assertAnswers();
    }

    @Test
    void shouldRefuseWhenSomethingElseListensThere() throws IOException {
        Path foreign = directory.resolve("charon.vici");
        try (ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.bind(UnixDomainSocketAddress.of(foreign));
            assertThatThrownBy(() -> ViciServer.open(foreign, daemon))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("another");
        }
    }

    @Test
    void shouldReplaceWhenSocketIsStale() throws IOException {
        Path stale = directory.resolve("stale.vici");
        try (ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.bind(UnixDomainSocketAddress.of(stale));
        }
        assertThat(stale).exists();
        try (ViciServer second = ViciServer.open(stale, daemon);
                ViciClient client = ViciClient.connect(second.socket())) {
            assertThat(client.call("version", ViciSection.EMPTY).value("version"))
                    .contains("0.1.0");
        }
        assertThat(stale).doesNotExist();
    }

    @Test
    void shouldSayWhatToDoWhenSocketCannotBe() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "x");
        assertThatThrownBy(() -> ViciServer.open(file, daemon))
                .hasMessageContaining("is not a socket");
        assertThatThrownBy(() -> ViciServer.open(file.resolve("culvert.vici"), daemon))
                .hasMessageContaining("--run-dir");
        assertThatThrownBy(() -> ViciServer.open(directory.resolve("x".repeat(120) + "/s"), daemon))
                .hasMessageContaining("shorter --run-dir");
    }

    @Test
    void shouldEndClientsWhenClosed() throws IOException {
        try (ViciChannel channel = ViciChannel.connect(socket)) {
            channel.write(new ViciPacket.CommandRequest("version", ViciSection.EMPTY));
            assertThat(channel.read()).isPresent();
            server.close();
            assertThat(channel.read()).isEmpty();
        }
        assertThat(socket).doesNotExist();
    }

    private void assertAnswers() throws IOException {
        List<ViciClient> clients = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            clients.add(ViciClient.connect(socket));
        }
        for (ViciClient client : clients) {
            assertThat(client.call("version", ViciSection.EMPTY).value("daemon"))
                    .contains("culvert");
            client.close();
        }
    }

    private static ViciSection event(ViciChannel channel, String name) throws IOException {
        ViciPacket packet = channel.read().orElseThrow();
        assertThat(packet)
                .isInstanceOfSatisfying(
                        ViciPacket.Event.class, e -> assertThat(e.name()).isEqualTo(name));
        return packet instanceof ViciPacket.Event event ? event.message() : ViciSection.EMPTY;
    }
}
