package dev.culvert.endpoint.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.endpoint.config.ConfigLoader;
import dev.culvert.endpoint.vici.DaemonControl;
import dev.culvert.endpoint.vici.FakeDaemon;
import dev.culvert.endpoint.vici.TestConfig;
import dev.culvert.endpoint.vici.ViciServer;
import dev.culvert.ike.EngineEvent;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class CliTest {
    @TempDir Path directory;

    private final List<DaemonRunner.Options> runs = new ArrayList<>();
    private Path conf;
    private FakeDaemon daemon;
    private ViciServer server;

    @BeforeEach
    void start() throws IOException {
        conf = write("test.conf", TestConfig.TEXT);
        daemon =
                new FakeDaemon(
                        new ConfigLoader().load(conf).configuration().orElseThrow().engine());
        server = ViciServer.open(directory.resolve("run/culvert.vici"), daemon);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void shouldShowTableWhenStatusIsAsked() throws IOException {
        Result result = culvert("status");
        assertThat(result).isEqualTo(new Result(0, resource("status.txt"), ""));
    }

    @Test
    void shouldShowJsonWhenStatusIsAskedForIt() throws IOException {
        assertThat(culvert("status", "--json"))
                .isEqualTo(new Result(0, resource("status.json"), ""));
    }

    @Test
    void shouldSetUpWhenUpNamesConnectionOrChild() {
        assertThat(culvert("up", "gw")).isEqualTo(new Result(0, "gw is up\n", ""));
        assertThat(culvert("up", "net")).isEqualTo(new Result(0, "gw.net is up\n", ""));
        assertThat(culvert("up", "gw.net", "--timeout", "5").code()).isZero();
        assertThat(daemon.requests)
                .containsExactly(
                        new DaemonControl.Initiation(
                                Optional.of("gw"),
                                Optional.empty(),
                                DaemonControl.Patience.ENDLESS),
                        new DaemonControl.Initiation(
                                Optional.of("gw"),
                                Optional.of("net"),
                                DaemonControl.Patience.ENDLESS),
                        new DaemonControl.Initiation(
                                Optional.of("gw"),
                                Optional.of("net"),
                                DaemonControl.Patience.ofMillis(5000)));
    }

    @Test
    void shouldShowStepsWhenUpIsVerbose() {
        daemon.setProgress(
                new EngineEvent.Trace(Optional.of("gw"), Optional.empty(), "sending IKE_SA_INIT"));
        assertThat(culvert("up", "gw", "-v").out()).isEqualTo("gw sending IKE_SA_INIT\ngw is up\n");
    }

    @Test
    void shouldTellReasonWhenUpFails() {
        daemon.setOutcome(
                new DaemonControl.Outcome.Failed(
                        "the peer chose no proposal", List.of("ours: a", "theirs: b")));
        assertThat(culvert("up", "gw"))
                .isEqualTo(
                        new Result(
                                1,
                                "",
                                "culvert: the peer chose no proposal\n  ours: a\n  theirs: b\n"));
    }

    @Test
    void shouldNameAllWhenNameIsUnknown() {
        assertThat(culvert("up", "wg"))
                .isEqualTo(
                        new Result(
                                1,
                                "",
                                "culvert: no connection or child is called \"wg\"; the daemon has"
                                        + " gw, gw.net, gw.plain, gw.printer, road, road.all\n"));
    }

    @Test
    void shouldDeleteWhenDownIsAsked() {
        assertThat(culvert("down", "net", "--force"))
                .isEqualTo(new Result(0, "gw.net is down\n", ""));
        assertThat(daemon.requests)
                .containsExactly(
                        new DaemonControl.Termination(
                                Optional.of("gw"),
                                Optional.of("net"),
                                OptionalInt.empty(),
                                OptionalInt.empty(),
                                true,
                                DaemonControl.Patience.ENDLESS));
        daemon.setMatches(0);
        assertThat(culvert("down", "road"))
                .isEqualTo(new Result(1, "", "culvert: road is not up\n"));
    }

    @Test
    void shouldReloadWhenAsked() {
        assertThat(culvert("reload")).isEqualTo(new Result(0, "", ""));
        daemon.setOutcome(
                new DaemonControl.Outcome.Failed("a.conf has errors", List.of("a.conf:1:1: x")));
        assertThat(culvert("reload"))
                .isEqualTo(new Result(1, "", "culvert: a.conf has errors\n  a.conf:1:1: x\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"status", "up gw", "down gw", "reload"})
    void shouldSayWhatToDoWhenNoDaemonRuns(String command) {
        Path socket = directory.resolve("run/culvert.vici");
        server.close();
        assertThat(culvert(command.split(" ")))
                .isEqualTo(
                        new Result(
                                3,
                                "",
                                "culvert: no daemon runs here: there is no "
                                        + socket
                                        + "; start one with 'culvert run', or name its run"
                                        + " directory with --run-dir\n"));
    }

    @Test
    void shouldUseOptionWhenRunDirectoryIsGivenTwice() {
        Result result =
                execute(
                        Map.of("CULVERT_RUN_DIR", "/nowhere"),
                        "status",
                        "--run-dir",
                        directory.resolve("run").toString());
        assertThat(result.code()).isZero();
        assertThat(execute(Map.of("CULVERT_RUN_DIR", "/nowhere"), "status").err())
                .contains("there is no /nowhere/culvert.vici");
        assertThat(execute(Map.of("CULVERT_RUN_DIR", "/nowhere"), "status", "--socket", "/x").err())
                .contains("there is no /x");
    }

    @Test
    void shouldSummarizeWhenConfigurationIsFine() {
        assertThat(culvert("check", conf.toString()))
                .isEqualTo(
                        new Result(
                                0,
                                conf
                                        + ": 2 connections, 1 secret\n"
                                        + "  gw: net (tunnel), plain (tunnel), printer (pass)\n"
                                        + "  road: all (tunnel)\n",
                                ""));
    }

    @Test
    void shouldListProblemsWhenConfigurationHasErrors() throws IOException {
        Path bad = write("bad.conf", "culvert {\n port = x\n}\nconnections {\n gw {\n }\n}\n");
        Result result = culvert("check", bad.toString());
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.out())
                .startsWith(
                        bad
                                + ":2:9: error: culvert.port = \"x\": expected a whole number from 1"
                                + " to 65535\n")
                .endsWith("4 errors, 1 warning\n");
    }

    @Test
    void shouldRunDaemonWhenConfigurationIsFine() {
        Path run = directory.resolve("other");
        Result result =
                culvert(
                        "run",
                        "-c",
                        conf.toString(),
                        "--run-dir",
                        run.toString(),
                        "--key-log",
                        "/keys");
        assertThat(result).isEqualTo(new Result(0, "", ""));
        DaemonRunner.Options options = runs.getFirst();
        assertThat(options.configFile()).isEqualTo(conf);
        assertThat(options.runDirectory()).isEqualTo(run);
        assertThat(options.viciSocket()).isEqualTo(run.resolve("culvert.vici"));
        assertThat(options.configuration().daemon().keyLogDirectory()).contains(Path.of("/keys"));
        assertThat(options.configuration().daemon().ike().exportKeys()).isTrue();
    }

    @Test
    void shouldNotRunDaemonWhenConfigurationHasErrors() throws IOException {
        Path bad = write("bad.conf", "nonsense { }\n");
        Result result = culvert("run", "-c", bad.toString());
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err())
                .contains("bad.conf:1:1: error: unknown section \"nonsense\"")
                .endsWith("has errors; nothing was started\n");
        assertThat(runs).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"run", "status", "up", "down", "reload", "check", "version"})
    void shouldShowExamplesWhenHelpIsAsked(String command) {
        Result result = culvert(command, "--help");
        assertThat(result.code()).isZero();
        assertThat(result.out()).contains("Usage: culvert " + command, "Example", "  culvert ");
        assertThat(culvert("--help").out()).contains("  " + command + " ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "nonsense", "up", "run", "status --nonsense", "up a b", "run -c"})
    void shouldFailWithUsageWhenCommandLineIsNotUnderstood(String arguments) {
        Result result = culvert(arguments.isEmpty() ? new String[0] : arguments.split(" "));
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).startsWith("culvert: ");
    }

    @Test
    void shouldPrintVersionWhenAsked() {
        assertThat(culvert("version").out()).startsWith("culvert ");
        assertThat(culvert("--version")).isEqualTo(culvert("version"));
    }

    /**
     * @param code the exit code
     * @param out standard output
     * @param err standard error
     */
    private record Result(int code, String out, String err) {}

    private Result culvert(String... args) {
        return execute(Map.of("CULVERT_RUN_DIR", directory.resolve("run").toString()), args);
    }

    private Result execute(Map<String, String> environment, String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code =
                new Cli(environment, this::run, new PrintWriter(out), new PrintWriter(err))
                        .execute(args);
        return new Result(code, out.toString(), err.toString());
    }

    private int run(DaemonRunner.Options options) {
        runs.add(options);
        return 0;
    }

    private Path write(String name, String text) throws IOException {
        Path file = directory.resolve(name);
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file;
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = CliTest.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
