package dev.culvert.endpoint.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import dev.culvert.endpoint.config.DaemonSettings;
import dev.culvert.endpoint.config.LogLevel;
import dev.culvert.endpoint.config.LogSubsystem;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

@ResourceLock(Resources.SYSTEM_ERR)
class LogSetupTest {
    private static final DaemonSettings.Log BARE =
            new DaemonSettings.Log(LogLevel.INFO, Map.of(), false);

    @Test
    void shouldWriteOneLineWhenSomethingIsLogged() {
        assertThat(
                        log(
                                DaemonSettings.defaults().log(),
                                c -> c.getLogger("culvert.ike").info("gw up")))
                .matches(
                        "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z INFO \\[ike] gw up\\R");
        assertThat(log(BARE, c -> c.getLogger("culvert.net").warn("no {}", "socket")))
                .isEqualTo("WARN [net] no socket\n");
    }

    @Test
    void shouldStayOnOneLineWhenPeerSendsControlCharacters() {
        assertThat(log(BARE, c -> c.getLogger("culvert.ike").info("a\nb\r\u001b[31mc\u0085d")))
                .isEqualTo("INFO [ike] a?b??[31mc?d\n");
    }

    @Test
    void shouldBeQuietWhenLevelIsDefault() {
        assertThat(
                        log(
                                BARE,
                                c -> {
                                    c.getLogger("culvert.ike").debug("a step");
                                    c.getLogger("org.example.library").info("chatter");
                                }))
                .isEmpty();
        assertThat(log(BARE, c -> c.getLogger("org.example.Library").warn("trouble")))
                .isEqualTo("WARN [Library] trouble\n");
    }

    @Test
    void shouldFollowLevelsWhenSubsystemsHaveTheirOwn() {
        DaemonSettings.Log settings =
                new DaemonSettings.Log(
                        LogLevel.SILENT, Map.of(LogSubsystem.IKE, LogLevel.TRACE), false);
        assertThat(
                        log(
                                settings,
                                c -> {
                                    c.getLogger("culvert.net").error("not this");
                                    c.getLogger("culvert.ike").trace("this");
                                }))
                .isEqualTo("TRACE [ike] this\n");
    }

    @Test
    void shouldAddStackTraceWhenThereIsOne() {
        assertThat(
                        log(
                                BARE,
                                c ->
                                        c.getLogger("culvert.dmn")
                                                .error("a bug", new IllegalStateException("odd"))))
                .startsWith("ERROR [dmn] a bug\njava.lang.IllegalStateException: odd\n\tat ");
    }

    @Test
    void shouldHaveItsLevelsWhenLogbackStarts() {
        LoggerContext context = new LoggerContext();
        assertThat(new EarlyLogging().configure(context))
                .isEqualTo(
                        ch.qos.logback.classic.spi.Configurator.ExecutionStatus
                                .DO_NOT_INVOKE_NEXT_IF_ANY);
        assertThat(context.getLogger(Logger.ROOT_LOGGER_NAME).getLevel())
                .isEqualTo(ch.qos.logback.classic.Level.WARN);
        assertThat(context.getLogger("culvert.esp").getLevel())
                .isEqualTo(ch.qos.logback.classic.Level.INFO);
        assertThat(java.util.ServiceLoader.load(ch.qos.logback.classic.spi.Configurator.class))
                .anyMatch(c -> c instanceof EarlyLogging);
    }

    private static String log(DaemonSettings.Log settings, Consumer<LoggerContext> work) {
        PrintStream before = System.err;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        System.setErr(new PrintStream(out, true, StandardCharsets.UTF_8));
        try {
            LoggerContext context = new LoggerContext();
            context.setMDCAdapter(new LogbackMDCAdapter());
            LogSetup.apply(context, settings);
            work.accept(context);
            context.stop();
        } finally {
            System.setErr(before);
        }
        return out.toString(StandardCharsets.UTF_8);
    }
}
