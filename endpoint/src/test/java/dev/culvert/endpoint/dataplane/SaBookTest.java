package dev.culvert.endpoint.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.esp.DataplaneCommand;
import dev.culvert.ike.EngineOutput;
import dev.culvert.ike.crypto.SecretBytes;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class SaBookTest {
    private static final int SPI_IN = 0xc0000001;
    private static final int SPI_OUT = 0xc0000002;

    private final RecordingDataplane dataplane = new RecordingDataplane();
    private final FakeHost host = new FakeHost();
    private final SaBook book = book(OptionalInt.empty());

    @Test
    void shouldInstallBothDirectionsAndRouteWhenOutboundWorks() {
        assertThat(book.installInbound(inbound(1))).isTrue();
        assertThat(host.allRoutes()).isEmpty();
        assertThat(book.installOutbound(outbound(1))).isTrue();

        assertThat(host.allRoutes()).containsExactly("10.2.0.0/16");
        assertThat(host.guards.values()).containsExactly(false);
        DataplaneCommand.InstallInboundSa in =
                dataplane.commands(DataplaneCommand.InstallInboundSa.class).getFirst();
        assertThat(in.spi()).isEqualTo(SPI_IN);
        assertThat(in.replayWindowPackets()).isEqualTo(1024);
        DataplaneCommand.InstallOutboundSa out =
                dataplane.commands(DataplaneCommand.InstallOutboundSa.class).getFirst();
        assertThat(out.spi()).isEqualTo(SPI_OUT);
        assertThat(out.pathMtuBytes()).isEqualTo(1500);
        assertThat(out.priority()).isEqualTo(PolicyPriority.PROTECT);
    }

    @Test
    void shouldDestroyTheEnginesKeysWhetherOrNotTheInstallationWorks() {
        EngineOutput.InstallInbound works = inbound(1);
        book.installInbound(works);
        assertThat(works.encryptionKey().isDestroyed()).isTrue();

        dataplane.failing = true;
        EngineOutput.InstallOutbound fails = outbound(2);
        assertThat(book.installOutbound(fails)).isFalse();
        assertThat(fails.encryptionKey().isDestroyed()).isTrue();
        assertThat(host.allRoutes()).isEmpty();
    }

    @Test
    void shouldKeepRoutesWhileTheReplacingSaHasThem() {
        book.installInbound(inbound(1));
        book.installOutbound(outbound(1));
        book.installInbound(inbound(2));
        book.installOutbound(outbound(2));

        book.remove(1);
        assertThat(host.allRoutes()).containsExactly("10.2.0.0/16");

        book.remove(2);
        assertThat(host.allRoutes()).isEmpty();
        assertThat(dataplane.log)
                .contains(
                        new DataplaneCommand.RemoveOutboundSa(1, SPI_OUT),
                        new DataplaneCommand.RemoveInboundSa(SPI_IN));
        assertThat(book.all()).isEmpty();
    }

    @Test
    void shouldRemoveOnlyTheDirectionThatIsInstalled() {
        book.installInbound(inbound(1));
        dataplane.log.clear();

        book.remove(1);

        assertThat(dataplane.log).containsExactly(new DataplaneCommand.RemoveInboundSa(SPI_IN));
    }

    @Test
    void shouldSetTunMtuToWhatTheSaCarriesAndFollowThePath() {
        book.installInbound(inbound(1));
        book.installOutbound(outbound(1));
        assertThat(host.tunMtuBytes).isEqualTo(1438);

        host.pathMtuBytes = 1400;
        book.refreshPathMtus();

        assertThat(host.tunMtuBytes).isEqualTo(1338);
        assertThat(dataplane.log)
                .contains(new DataplaneCommand.PathMtu(InetAddress.ofLiteral("192.0.2.2"), 1400));
    }

    @Test
    void shouldLeaveTunMtuAloneWhenItIsConfigured() {
        SaBook fixed = book(OptionalInt.of(1300));
        fixed.installInbound(inbound(1));
        fixed.installOutbound(outbound(1));

        assertThat(host.tunMtuBytes).isZero();
        assertThat(fixed.tunMtuBytes()).isEqualTo(1300);
    }

    @Test
    void shouldMoveBothDirectionsWhenThePathChanges() {
        book.installInbound(inbound(1));
        book.installOutbound(outbound(1));

        book.updatePath(
                new EngineOutput.UpdatePath(1, at("192.0.2.1", 4500), at("198.51.100.7", 61000)));

        assertThat(dataplane.commands(DataplaneCommand.UpdatePath.class)).hasSize(1);
        assertThat(book.byId(1).orElseThrow().remote()).isEqualTo(at("198.51.100.7", 61000));
    }

    private SaBook book(OptionalInt fixedMtuBytes) {
        return new SaBook(
                dataplane, host, host, fixedMtuBytes, fixedMtuBytes.orElse(1400), () -> 0);
    }

    private static EngineOutput.InstallInbound inbound(long childSaId) {
        return new EngineOutput.InstallInbound(
                Configs.negotiated(childSaId), SPI_IN, key(), noKey());
    }

    private static EngineOutput.InstallOutbound outbound(long childSaId) {
        return new EngineOutput.InstallOutbound(
                Configs.negotiated(childSaId), SPI_OUT, key(), noKey());
    }

    private static SecretBytes key() {
        return SecretBytes.copyOf(new byte[20]);
    }

    private static SecretBytes noKey() {
        return SecretBytes.copyOf(new byte[0]);
    }

    private static InetSocketAddress at(String address, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), port);
    }
}
