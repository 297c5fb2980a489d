package dev.culvert.endpoint.real.net;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/** Does what {@link RealNetwork} promises. */
final class RealNetworkExtension
        implements ExecutionCondition,
                ParameterResolver,
                AfterTestExecutionCallback,
                LifecycleMethodExecutionExceptionHandler {

    private static final ExtensionContext.Namespace STORE =
            ExtensionContext.Namespace.create(RealNetworkExtension.class);
    private static final Path REPORTS = Path.of("target", "real-reports");

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        List<String> missing = Requirements.missing();
        if (missing.isEmpty()) {
            return ConditionEvaluationResult.enabled("the machine has what the real ring needs");
        }
        String reason = "real-network tests cannot run here: " + String.join("; ", missing);
        if ("true".equals(System.getenv("CI"))) {
            throw new IllegalStateException(reason);
        }
        return ConditionEvaluationResult.disabled(reason);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Lab.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getStore(STORE)
                .getOrComputeIfAbsent("lab", key -> new Resource(context), Resource.class)
                .lab;
    }

    @Override
    public void afterTestExecution(ExtensionContext context) throws IOException {
        if (context.getExecutionException().isPresent()) {
            report(context, context.getExecutionException().get());
        }
    }

    @Override
    public void handleBeforeAllMethodExecutionException(
            ExtensionContext context, Throwable throwable) throws Throwable {
        report(context, throwable);
        throw throwable;
    }

    private static void report(ExtensionContext context, Throwable failure) throws IOException {
        Resource resource = context.getStore(STORE).get("lab", Resource.class);
        if (resource == null) {
            return;
        }
        String name =
                context.getRequiredTestClass().getSimpleName()
                        + "-"
                        + context.getTestMethod().map(Method::getName).orElse("before")
                        + "-"
                        + context.getDisplayName().replaceAll("[^A-Za-z0-9]+", "-");
        Files.createDirectories(REPORTS);
        Path file = REPORTS.resolve(name + ".txt");
        Files.writeString(file, failure + "\n" + resource.lab.diagnostics());
        System.err.println("Both sides' logs and states: " + file.toAbsolutePath());
    }

    private static Lab.Nat natOf(ExtensionContext context) {
        Optional<RealNetwork> onMethod =
                AnnotationSupport.findAnnotation(context.getTestMethod(), RealNetwork.class);
        return onMethod.or(() ->
                        AnnotationSupport.findAnnotation(context.getTestClass(), RealNetwork.class))
                .map(RealNetwork::nat)
                .orElse(Lab.Nat.NONE);
    }

    /** Closed by JUnit when the context ends that asked for the lab. */
    private static final class Resource implements AutoCloseable {
        private final Path directory;
        private final Lab lab;

        Resource(ExtensionContext context) {
            try {
                directory = Files.createTempDirectory("culvert-lab");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            CulvertJvm jvm =
                    context.getRoot()
                            .getStore(STORE)
                            .getOrComputeIfAbsent("jvm", key -> new CulvertJvm(), CulvertJvm.class);
            lab = new Lab(natOf(context), directory, jvm);
        }

        @Override
        public void close() throws IOException {
            lab.close();
            delete();
        }

        private void delete() throws IOException {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }
}
