package dev.culvert.ike.testkit.sim;

import static dev.culvert.ike.testkit.sim.SimConfigs.ip;
import static dev.culvert.ike.testkit.sim.SimConfigs.secret;
import static dev.culvert.ike.testkit.sim.SimConfigs.settings;
import static dev.culvert.ike.testkit.sim.SimPair.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.config.EngineSettings;
import dev.culvert.ike.config.EngineSettings.Redirects;
import dev.culvert.ike.config.EngineSettings.Redirects.When;
import dev.culvert.ike.message.DecodeResult;
import dev.culvert.ike.message.ExchangeType;
import dev.culvert.ike.message.Gateway;
import dev.culvert.ike.message.IkeHeader;
import dev.culvert.ike.message.IkeMessage;
import dev.culvert.ike.message.MessageDecoder;
import dev.culvert.ike.message.MessageEncoder;
import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.testkit.sim.SimConfigs.Child;
import dev.culvert.ike.testkit.sim.SimConfigs.Connection;
import dev.culvert.ike.wire.Bytes;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Gateways that send a client elsewhere (RFC 5685). */
class RedirectTest {
    private static final String FIRST = "198.51.100.2";
    private static final String SECOND_GATEWAY = "198.51.100.3";

    private final SimNetwork network = new SimNetwork(5, Weather.FAIR);

    // client                              first              second
    //   IKE_SA_INIT [ N(REDIRECT_SUPPORTED) ] -->
    //                 <-- IKE_SA_INIT [ N(REDIRECT: second, Ni) ]
    //   IKE_SA_INIT [ N(REDIRECTED_FROM: first) ]           -->
    @Test
    void shouldGoToTheOtherGatewayWhenRedirectedInInit() {
        SimHost client = client(settings());
        SimHost first = gateway("first", FIRST, sendingTo(SECOND_GATEWAY, When.INIT));
        SimHost second = gateway("second", SECOND_GATEWAY, settings());
        up(client);
        assertThat(first.snapshot().ikeSas()).isEmpty();
        assertThat(first.heldEntries()).isZero();
        assertThat(second.childrenUp()).containsExactly("web");
        network.checkConverged(client, second);
    }

    @Test
    void shouldGoToTheOtherGatewayWhenRedirectedInAuth() {
        SimHost client = client(settings());
        SimHost first = gateway("first", FIRST, sendingTo(SECOND_GATEWAY, When.AUTH));
        SimHost second = gateway("second", SECOND_GATEWAY, settings());
        up(client);
        network.run(5 * SECOND);
        assertThat(first.established()).isEmpty();
        assertThat(second.childrenUp()).containsExactly("web");
        network.run(60 * SECOND);
        assertThat(first.snapshot().ikeSas()).isEmpty();
    }

    @Test
    void shouldFindTheOtherGatewayByName() {
        SimHost client = client(settings());
        client.learnName("second.example", List.of(ip(SECOND_GATEWAY)));
        gateway("first", FIRST, sendingTo("second.example", When.INIT));
        SimHost second = gateway("second", SECOND_GATEWAY, settings());
        up(client);
        assertThat(second.childrenUp()).containsExactly("web");
    }

    // client                              first                   second
    //   (established, carries traffic)
    //          <-- INFORMATIONAL [ N(REDIRECT: second) ]
    //   INFORMATIONAL [ ]              -->
    //   IKE_SA_INIT [ N(REDIRECTED_FROM: first) ] ..               -->
    //   IKE_AUTH                                                   -->
    //   INFORMATIONAL [ D ]            -->
    @Test
    void shouldMoveToTheOtherGatewayBeforeLeavingTheFirst() {
        SimHost client = client(settings());
        SimHost first = gateway("first", FIRST, settings());
        SimHost second = gateway("second", SECOND_GATEWAY, settings());
        up(client);
        assertThat(first.childrenUp()).containsExactly("web");
        long command = first.redirect("net", SECOND_GATEWAY);
        assertThat(first.errorOf(command)).isEmpty();
        boolean[] gap = {false};
        network.runUntil(
                () -> {
                    gap[0] |= client.childrenUp().isEmpty();
                    return false;
                },
                10 * SECOND);
        assertThat(gap[0]).as("without a child at any time").isFalse();
        assertThat(first.snapshot().ikeSas().stream().filter(sa -> !sa.children().isEmpty()))
                .isEmpty();
        assertThat(second.childrenUp()).containsExactly("web");
        assertThat(client.established()).hasSize(1);
        network.checkConverged(client, second);
    }

    @Test
    void shouldStayWhenTheOtherGatewayDoesNotAnswer() {
        SimHost client = client(settings());
        SimHost first = gateway("first", FIRST, settings());
        up(client);
        first.redirect("net", SECOND_GATEWAY);
        network.run(60 * SECOND);
        assertThat(first.childrenUp()).containsExactly("web");
        network.checkConverged(client, first);
    }

    @Test
    void shouldGiveUpWhenGatewaysRedirectToEachOther() {
        SimHost client = client(settings());
        gateway("first", FIRST, sendingTo("198.51.100.3", When.INIT));
        gateway("second", SECOND_GATEWAY, sendingTo("198.51.100.4", When.INIT));
        gateway("third", "198.51.100.4", sendingTo(FIRST, When.INIT));
        long command = client.initiate("net", "web");
        network.await("end", () -> client.isDone(command), 60 * SECOND);
        assertThat(client.errorOf(command).orElseThrow()).contains("redirected too often");
        assertThat(client.counter("ike_redirects_followed")).isEqualTo(5);
        assertThat(client.snapshot().ikeSas()).isEmpty();
    }

    @Test
    void shouldServeThoseThatItWouldSendBackToWhereTheyComeFrom() {
        SimHost client = client(settings());
        gateway("first", FIRST, sendingTo(SECOND_GATEWAY, When.INIT));
        SimHost second = gateway("second", SECOND_GATEWAY, sendingTo(FIRST, When.INIT));
        up(client);
        assertThat(second.childrenUp()).containsExactly("web");
    }

    @Test
    void shouldServeThoseThatDoNotFollow() {
        SimHost client =
                client(
                        settings()
                                .withRedirects(
                                        new Redirects(false, Optional.empty(), When.INIT, 0)));
        SimHost first = gateway("first", FIRST, sendingTo(SECOND_GATEWAY, When.INIT));
        up(client);
        assertThat(first.childrenUp()).containsExactly("web");
        long command = first.redirect("net", SECOND_GATEWAY);
        assertThat(first.errorOf(command).orElseThrow()).contains("follows redirects");
    }

    @Test
    void shouldIgnoreARedirectWithoutOurNonce() {
        SimHost client = client(settings());
        SimHost first = gateway("first", FIRST, settings());
        network.capture();
        network.drop(1, packet -> packet.kind().equals("IKE_SA_INIT response 0"));
        client.initiate("net", "web");
        network.run(SECOND / 10);
        SimPacket request = network.captured().getFirst();
        IkeMessage message = ((DecodeResult.Ok) MessageDecoder.decode(request.payload())).message();
        IkeHeader header =
                IkeHeader.response(
                        message.header().initiatorSpi(), 0, ExchangeType.IKE_SA_INIT, false, 0);
        byte[] forged =
                MessageEncoder.encode(
                        new IkeMessage(
                                header,
                                List.of(
                                        Payload.Notify.of(
                                                NotifyType.REDIRECT,
                                                Gateway.of(SECOND_GATEWAY)
                                                        .encode(Bytes.ofHex("00".repeat(32)))))));
        network.inject(
                new SimPacket(
                        /* source= */ request.destination(),
                        /* destination= */ request.source(),
                        forged,
                        false));
        network.run(10 * SECOND);
        assertThat(client.counter("ike_redirects_followed")).isZero();
        assertThat(first.childrenUp()).containsExactly("web");
    }

    private static EngineSettings sendingTo(String gateway, When when) {
        return settings().withRedirects(new Redirects(true, Optional.of(gateway), when, 0));
    }

    private void up(SimHost client) {
        long command = client.initiate("net", "web");
        network.await("up", () -> client.isDone(command), 30 * SECOND);
        if (client.errorOf(command).isPresent()) {
            throw network.failure("initiate failed: " + client.errorOf(command).get());
        }
        network.run(SECOND);
    }

    private SimHost client(EngineSettings settings) {
        SimHost client = network.addHost("client", ip("198.51.100.1"), settings);
        client.configure(
                new Connection()
                        .local("198.51.100.1")
                        .remote(FIRST)
                        .ids("client.example", "gateway.example")
                        .child(new Child("web").ts("10.1.0.0/16", "10.2.0.0/16").build())
                        .with(secret("x")));
        return client;
    }

    private SimHost gateway(String name, String address, EngineSettings settings) {
        SimHost gateway = network.addHost(name, ip(address), settings);
        gateway.configure(
                new Connection()
                        .local(address)
                        .remote("198.51.100.1")
                        .ids("gateway.example", "client.example")
                        .child(new Child("web").ts("10.2.0.0/16", "10.1.0.0/16").build())
                        .with(secret("x")));
        return gateway;
    }
}
