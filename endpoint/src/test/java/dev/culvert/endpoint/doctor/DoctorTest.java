package dev.culvert.endpoint.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.culvert.endpoint.config.DaemonSettings;
import dev.culvert.endpoint.config.DaemonSettings.AeadEngine;
import dev.culvert.esp.crypto.CipherEngines;
import dev.culvert.tun.AddressFamily;
import dev.culvert.tun.IpPrefix;
import dev.culvert.tun.Link;
import dev.culvert.tun.OffloadProbe;
import dev.culvert.tun.Route;
import dev.culvert.tun.Rule;
import dev.culvert.tun.TunOffload;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
    private static final int EINVAL = 22;
    private static final int EACCES = 13;
    private static final int EADDRINUSE = 98;
    private static final Link ETH0 = new Link(2, "eth0", 1400, 0, "");
    private static final DaemonSettings DEFAULTS = DaemonSettings.defaults();

    @TempDir Path directory;

    private static Severity severity(Finding finding) {
        return finding.severity();
    }

    private static Finding ports(int ikeErrno, int nattErrno, boolean daemonRuns) {
        return NeedChecks.ports(
                List.of(
                        new NeedChecks.PortTry(500, ikeErrno),
                        new NeedChecks.PortTry(4500, nattErrno)),
                daemonRuns);
    }

    @Test
    void shouldJudgePortsWhenTheyAreTakenOrForbidden() {
        assertThat(severity(ports(0, 0, false))).isEqualTo(Severity.OK);
        assertThat(severity(ports(EADDRINUSE, EADDRINUSE, true))).isEqualTo(Severity.OK);
        assertThat(ports(0, EADDRINUSE, false))
                .isEqualTo(
                        Finding.fault(
                                "UDP ports",
                                "4500 in use by another program",
                                "find it with 'ss -ulpn' and stop it, or set culvert.port and"
                                        + " culvert.port_nat_t"));
        assertThat(ports(EACCES, 0, false))
                .isEqualTo(
                        Finding.warning(
                                "UDP ports",
                                "500 may not be bound; 4500 alone is used, which peers must name",
                                "grant CAP_NET_BIND_SERVICE to use port 500"));
        assertThat(severity(ports(EACCES, EACCES, false))).isEqualTo(Severity.FAULT);
    }

    @Test
    void shouldTellWhatTunLacksWhenTheKernelRefuses() {
        Set<TunOffload> all = EnumSet.allOf(TunOffload.class);
        assertThat(SpeedChecks.tun(new OffloadProbe.Tun(all, 0, 0, 0, true)))
                .isEqualTo(
                        Finding.ok(
                                "TUN offloads",
                                "TSO4, TSO6, USO, TCP super-packet writes, with short tails, UDP"
                                        + " super-packet writes, several queues"));
        Finding shortTail =
                SpeedChecks.tun(
                        new OffloadProbe.Tun(
                                EnumSet.of(TunOffload.TSO4, TunOffload.TSO6),
                                0,
                                EINVAL,
                                EINVAL,
                                true));
        assertThat(shortTail.severity()).isEqualTo(Severity.WARNING);
        assertThat(shortTail.detail())
                .isEqualTo(
                        "TSO4, TSO6, TCP super-packet writes, several queues; not: with short"
                                + " tails, UDP super-packet writes; no USO (Linux 6.2)");
        assertThat(
                        severity(
                                SpeedChecks.tun(
                                        new OffloadProbe.Tun(
                                                Set.of(), EINVAL, EINVAL, EINVAL, false))))
                .isEqualTo(Severity.WARNING);
    }

    @Test
    void shouldTellWhatSocketsLackWhenTheKernelRefuses() {
        assertThat(SpeedChecks.udp(new OffloadProbe.Udp(0, true, 600, true)).detail())
                .isEqualTo("GSO and GRO, tried on the loopback interface");
        assertThat(SpeedChecks.udp(new OffloadProbe.Udp(EINVAL, true, 0, false)).detail())
                .isEqualTo("only GRO (not seen)");
        assertThat(SpeedChecks.udp(new OffloadProbe.Udp(0, false, 600, false)).detail())
                .isEqualTo("only GSO");
        assertThat(SpeedChecks.udp(new OffloadProbe.Udp(EINVAL, false, 0, false)).detail())
                .isEqualTo("neither GSO nor GRO");
    }

    @Test
    void shouldNameTheSysctlWhenSocketBuffersAreSmall() {
        int wanted = DEFAULTS.listen().receiveBufferBytes();
        OffloadProbe.Buffers full = new OffloadProbe.Buffers(wanted, wanted);
        assertThat(SpeedChecks.buffers(DEFAULTS.listen(), full, Optional.of(212_992L)))
                .isEqualTo(
                        Finding.ok(
                                "socket buffers",
                                "8192 KiB to receive, 8192 KiB to send, beyond net.core.rmem_max by"
                                        + " right"));
        Finding small =
                SpeedChecks.buffers(
                        DEFAULTS.listen(),
                        new OffloadProbe.Buffers(212_992, 212_992),
                        Optional.empty());
        assertThat(small.severity()).isEqualTo(Severity.WARNING);
        assertThat(small.advice()).contains("net.core.rmem_max=" + wanted);
    }

    @Test
    void shouldAdviseTheFasterEngineWhenItIsThere() {
        CipherEngines.Selection jdk =
                CipherEngines.select(CipherEngines.Choice.JDK, Optional.empty());
        CipherEngines.Selection none = new CipherEngines.Selection.Unavailable("no library");
        assertThat(severity(SpeedChecks.engine(AeadEngine.AUTO, jdk))).isEqualTo(Severity.OK);
        assertThat(SpeedChecks.engine(AeadEngine.JDK, jdk).advice()).contains("engine = auto");
        assertThat(SpeedChecks.engine(AeadEngine.AUTO, none))
                .isEqualTo(
                        Finding.warning("AEAD engine", "the JDK's; no native one", "no library"));
        assertThat(severity(SpeedChecks.engine(AeadEngine.NATIVE, none))).isEqualTo(Severity.FAULT);
    }

    @Test
    void shouldJudgeCpuAndClockWhenTheyDiffer() {
        assertThat(SpeedChecks.cpu(Set.of("aes", "vaes", "fpu"), 2))
                .isEqualTo(Finding.ok("CPU", "2 cores with aes vaes"));
        assertThat(SpeedChecks.cpu(Set.of("fpu"), 1).advice()).contains("chacha20poly1305");
        assertThat(severity(SpeedChecks.cpu(Set.of(), 1))).isEqualTo(Severity.NOTE);
        assertThat(severity(SpeedChecks.clock(Optional.of("tsc"), 900))).isEqualTo(Severity.OK);
        assertThat(severity(SpeedChecks.clock(Optional.empty(), 20))).isEqualTo(Severity.OK);
        assertThat(severity(SpeedChecks.clock(Optional.of("hpet"), 900)))
                .isEqualTo(Severity.WARNING);
    }

    @Test
    void shouldWarnWhenCryptoWorkersWouldTakeTurns() {
        assertThat(severity(SpeedChecks.workers(0, 1))).isEqualTo(Severity.OK);
        assertThat(severity(SpeedChecks.workers(2, 4))).isEqualTo(Severity.OK);
        assertThat(severity(SpeedChecks.workers(3, 4))).isEqualTo(Severity.WARNING);
        assertThat(SpeedChecks.workers(1, 2).advice())
                .isEqualTo("set workers = 0 or less in the section culvert");
    }

    @Test
    void shouldWarnWhenThereAreMoreAgentsThanCores() {
        assertThat(severity(SpeedChecks.agents(1, 1, false, 1))).isEqualTo(Severity.OK);
        assertThat(SpeedChecks.agents(2, 4, true, 0).detail())
                .isEqualTo(
                        "2, which are 4 threads, on 4 cores, each with a TUN queue and sockets of"
                                + " its own");
        assertThat(severity(SpeedChecks.agents(2, 4, true, 0))).isEqualTo(Severity.OK);
        Finding many = SpeedChecks.agents(4, 5, true, 0);
        assertThat(many.severity()).isEqualTo(Severity.WARNING);
        assertThat(many.advice()).isEqualTo("set agents = 2 or less in the section culvert");
        assertThat(SpeedChecks.agents(2, 2, true, 0).advice())
                .isEqualTo("set agents = 1 in the section culvert");
        assertThat(severity(SpeedChecks.agents(2, 8, false, 0))).isEqualTo(Severity.FAULT);
        Finding unsteered = SpeedChecks.agents(2, 8, true, 1);
        assertThat(unsteered.severity()).isEqualTo(Severity.WARNING);
        assertThat(unsteered.detail()).contains("(EPERM)");
    }

    @Test
    void shouldNameStrangersWhenTheTunnelTableIsInUse() {
        IpPrefix all = new IpPrefix(InetAddress.ofLiteral("0.0.0.0"), 0);
        Route stranger = Route.via(all, 2).withTable(220);
        List<Link> links = List.of(ETH0);
        Finding fault = NetworkChecks.routing(DEFAULTS, List.of(stranger), List.of(), links, false);
        assertThat(fault.severity()).isEqualTo(Severity.FAULT);
        assertThat(fault.detail()).isEqualTo("table 220 holds a route to 0.0.0.0/0 by eth0");
        assertThat(
                        severity(
                                NetworkChecks.routing(
                                        DEFAULTS, List.of(stranger), List.of(), links, true)))
                .isEqualTo(Severity.OK);
        List<Rule> leftover = List.of(Rule.lookup(AddressFamily.IPV4, 220, 220));
        assertThat(severity(NetworkChecks.routing(DEFAULTS, List.of(), leftover, links, false)))
                .isEqualTo(Severity.WARNING);
        List<Rule> kernels = List.of(Rule.lookup(AddressFamily.IPV4, 32766, 254));
        assertThat(severity(NetworkChecks.routing(DEFAULTS, List.of(), kernels, links, false)))
                .isEqualTo(Severity.OK);
        assertThat(NetworkChecks.defaultRoute(List.of(Route.via(all, 2)), links).detail())
                .startsWith("IPv4 by eth0, MTU 1400");
        assertThat(severity(NetworkChecks.defaultRoute(List.of(), links))).isEqualTo(Severity.NOTE);
    }

    @Test
    void shouldReadTheHostsFilesWhenTheyAreThere() throws IOException {
        write("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu aes avx2\n\nprocessor\t: 1\n");
        write("proc/sys/net/core/rmem_max", "212992\n");
        write("usr/sbin/resolvconf", "");
        assertThat(directory.resolve("usr/sbin/resolvconf").toFile().setExecutable(true)).isTrue();
        HostFiles files = new HostFiles(directory, Map.of("PATH", "/bin:/usr/sbin"));
        assertThat(files.cpuFlags()).containsExactlyInAnyOrder("fpu", "aes", "avx2");
        assertThat(files.receiveBufferLimit()).contains(212_992L);
        assertThat(files.program(List.of("resolvectl", "resolvconf"))).contains("resolvconf");
        assertThat(files.clockSource()).isEmpty();
        assertThat(new HostFiles(directory, Map.of("PATH", "/bin")).program(List.of("resolvconf")))
                .isEmpty();
    }

    @Test
    void shouldUseSettingsWhenConfigurationIsNamed() throws IOException {
        Path good = write("good.conf", "culvert {\n port_nat_t = 14500\n}\n");
        SetupChecks.Configured configured = SetupChecks.configuration(good, true);
        assertThat(configured.settings().listen().nattPort()).isEqualTo(14_500);
        Path bad = write("bad.conf", "nonsense {\n}\n");
        assertThat(severity(SetupChecks.configuration(bad, true).finding()))
                .isEqualTo(Severity.FAULT);
        Path missing = directory.resolve("missing.conf");
        assertThat(severity(SetupChecks.configuration(missing, true).finding()))
                .isEqualTo(Severity.FAULT);
        assertThat(severity(SetupChecks.configuration(missing, false).finding()))
                .isEqualTo(Severity.NOTE);
        assertThat(SetupChecks.daemon(missing).runs()).isFalse();
    }

    @Test
    void shouldSayVerdictWhenFindingsDiffer() {
        Finding ok = Finding.ok("a", "fine");
        Finding unknown = Finding.unknown("b", "needs a right");
        Finding warning = Finding.warning("c", "slow", "do this");
        Finding fault = Finding.fault("d", "not there", "do that");
        assertThat(DoctorText.verdict(report(ok))).isEqualTo("culvert 1 can run here");
        assertThat(DoctorText.render(report(ok, unknown, warning, fault)))
                .isEqualTo(
                        """
                        culvert 1 cannot run here as this user: 1 thing missing; 1 thing could be \
                        better; 1 thing not seen
                        All
                          ok      a                fine
                          ?       b                not looked at: needs a right
                          warning c                slow
                                                   -> do this
                          MISSING d                not there
                                                   -> do that
                        """);
    }

    private static Report report(Finding... findings) {
        return new Report("1", List.of(new Report.Section("All", List.of(findings))));
    }

    /** On whatever host and as whatever user the tests run. */
    @Test
    void shouldLookAtEverythingWhenRunHere() throws IOException {
        Report report =
                Doctor.examine(
                        new Doctor.Request(
                                "1",
                                Optional.empty(),
                                directory.resolve("none.vici"),
                                System.getenv()));
        assertThat(report.findings().map(Finding::name))
                .contains(
                        "platform",
                        "CAP_NET_ADMIN",
                        "/dev/net/tun",
                        "UDP ports",
                        "TUN offloads",
                        "UDP offloads",
                        "socket buffers",
                        "CPU",
                        "AEAD engine",
                        "clock",
                        "default route",
                        "tunnel routing",
                        "rp_filter",
                        "forwarding",
                        "DNS servers",
                        "configuration",
                        "daemon")
                .doesNotHaveDuplicates();
        assertThat(report.findings().filter(f -> f.severity() == Severity.FAULT))
                .allSatisfy(f -> assertThat(f.advice()).isNotEmpty());
        assertThat(DoctorText.render(report).lines()).hasSizeBetween(20, 45);
        assertThat(namesIn(DoctorJson.render(report)))
                .isEqualTo(report.findings().map(Finding::name).toList());
    }

    private static List<String> namesIn(String json) throws IOException {
        List<String> names = new ArrayList<>();
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            while (parser.nextToken() != null) {
                if (parser.currentToken() == JsonToken.FIELD_NAME
                        && parser.currentName().equals("name")) {
                    names.add(parser.nextTextValue());
                }
            }
        }
        return names;
    }

    private Path write(String name, String text) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }
}
