package dev.culvert.endpoint;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaModifier.FINAL;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvent;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The walls between the modules, and the rules that no compiler checks. */
class ArchitectureTest {
    private static final String TUN = "dev.culvert.tun..";
    private static final String FFI = "dev.culvert.tun.ffi..";
    private static final String ESP = "dev.culvert.esp..";
    private static final String IKE = "dev.culvert.ike..";
    private static final String ENDPOINT = "dev.culvert.endpoint..";
    private static final String JNR = "jnr..";
    private static final String JFFI = "com.kenai.jffi..";

    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("dev.culvert");

    @Test
    void shouldFindClassesOfEachModuleWhenImported() {
        // Without this, a wrong package name above would turn every other rule into one that cannot
        // fail.
        for (String module : List.of("tun", "esp", "ike", "endpoint")) {
            assertThat(
                            CLASSES.stream()
                                    .filter(c ->
                                            c.getPackageName().startsWith("dev.culvert." + module)))
                    .as("classes of dev.culvert.%s", module)
                    .isNotEmpty();
        }
    }

    @Test
    void shouldKeepControlAndDataplaneApartWhenEitherChanges() {
        noClasses()
                .that()
                .resideInAPackage(IKE)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(ESP, TUN, ENDPOINT)
                .check(CLASSES);
        noClasses()
                .that()
                .resideInAPackage(ESP)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(IKE, ENDPOINT)
                .check(CLASSES);
        noClasses()
                .that()
                .resideInAPackage(TUN)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(IKE, ESP, ENDPOINT)
                .check(CLASSES);
    }

    @Test
    void shouldKeepSocketsThreadsAndFilesOutWhenIkeControlChanges() {
        noClasses()
                .that()
                .resideInAPackage(IKE)
                .should()
                .dependOnClassesThat(
                        nameMatches(
                                "a socket, a thread, a file or a timer",
                                "java\\.net\\.(Datagram|Server|Multicast)?Socket.*",
                                "java\\.net\\.(URL|HttpURLConnection|NetworkInterface).*",
                                "java\\.net\\.http\\..*",
                                "java\\.nio\\.channels\\..*",
                                "java\\.nio\\.file\\..*",
                                "java\\.io\\.File.*",
                                "java\\.lang\\.(Thread|Process|Runtime)(Builder|\\$.*)?",
                                "java\\.util\\.(Timer|TimerTask)",
                                "java\\.util\\.concurrent\\.(?!atomic)(.*Executor.*|CompletableFuture|ForkJoin.*"
                                        + "|Thread.*|locks\\..*)"))
                .check(CLASSES);
    }

    @Test
    void shouldTakeTimeAndRandomnessAsParametersWhenIkeControlChanges() {
        noClasses()
                .that()
                .resideInAPackage(IKE)
                .should()
                .callCodeUnitWhere(
                        calls(
                                "the clock or the machine's randomness",
                                Set.of(
                                        "java.lang.System.nanoTime",
                                        "java.lang.System.currentTimeMillis",
                                        "java.time.Instant.now",
                                        "java.time.LocalDateTime.now",
                                        "java.time.ZonedDateTime.now",
                                        "java.time.Clock.systemUTC",
                                        "java.time.Clock.systemDefaultZone",
                                        "java.lang.Math.random",
                                        "java.util.UUID.randomUUID",
                                        "java.util.concurrent.ThreadLocalRandom.current",
                                        "java.security.SecureRandom.<init>",
                                        "java.security.SecureRandom.getInstance",
                                        "java.security.SecureRandom.getInstanceStrong",
                                        "java.util.Random.<init>")))
                .check(CLASSES);
    }

    @Test
    void shouldUseJnrInOnePackageWhenNativeCodeIsCalled() {
        noClasses()
                .that()
                .resideOutsideOfPackage(FFI)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(JNR, JFFI)
                .check(CLASSES);
        noClasses()
                .that()
                .resideOutsideOfPackage(TUN)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(FFI)
                .check(CLASSES);
    }

    @Test
    void shouldUseForeignFunctionsForPacketCiphersOnlyWhenNativeCodeIsCalled() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.culvert.esp.crypto")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.lang.foreign")
                .check(CLASSES);
    }

    @Test
    void shouldHideJnrWhenTunNativeIsPublic() {
        classes().that().resideOutsideOfPackage(FFI).should(notExpose(JNR, JFFI)).check(CLASSES);
    }

    @Test
    void shouldLogInEndpointOnlyWhenModulesReport() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ENDPOINT)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.slf4j..",
                        "ch.qos.logback..",
                        "java.util.logging..",
                        "java.lang.System$Logger")
                .check(CLASSES);
    }

    @Test
    void shouldHaveNoMutableStaticsWhenStateIsKept() {
        fields().that().areStatic().and(notSynthetic()).should().haveModifier(FINAL).check(CLASSES);
    }

    private static DescribedPredicate<JavaClass> nameMatches(String what, String... patterns) {
        String pattern = Stream.of(patterns).collect(Collectors.joining("|", "(", ")"));
        return DescribedPredicate.describe(what, javaClass -> javaClass.getName().matches(pattern));
    }

    private static DescribedPredicate<com.tngtech.archunit.core.domain.JavaCall<?>> calls(
            String what, Set<String> names) {
        return DescribedPredicate.describe(
                what,
                call -> {
                    AccessTarget target = call.getTarget();
                    return names.contains(target.getOwner().getName() + "." + target.getName());
                });
    }

    private static DescribedPredicate<JavaMember> notSynthetic() {
        return DescribedPredicate.describe(
                "not made by the compiler",
                member -> !member.getModifiers().contains(JavaModifier.SYNTHETIC));
    }

    /** No public or protected member of a public class names a type of the given packages. */
    private static ArchCondition<JavaClass> notExpose(String... packages) {
        return new ArchCondition<>("not expose types of " + String.join(", ", packages)) {
            @Override
            public void check(JavaClass javaClass, ConditionEvents events) {
                if (!javaClass.getModifiers().contains(JavaModifier.PUBLIC)) {
                    return;
                }
                javaClass.getMembers().stream()
                        .filter(ArchitectureTest::isVisible)
                        .forEach(member ->
                                signature(member)
                                        .filter(type -> residesInAny(type, packages))
                                        .forEach(type -> events.add(violation(member, type))));
            }
        };
    }

    private static boolean isVisible(JavaMember member) {
        return member.getModifiers().contains(JavaModifier.PUBLIC)
                || member.getModifiers().contains(JavaModifier.PROTECTED);
    }

    private static Stream<JavaClass> signature(JavaMember member) {
        if (member instanceof JavaCodeUnit codeUnit) {
            return Stream.concat(
                    Stream.of(codeUnit.getRawReturnType()),
                    codeUnit.getRawParameterTypes().stream());
        }
        return member.getAllInvolvedRawTypes().stream();
    }

    private static boolean residesInAny(JavaClass type, String... packages) {
        return Stream.of(packages).anyMatch(p -> resideInAPackage(p).test(type));
    }

    private static ConditionEvent violation(JavaMember member, JavaClass type) {
        return SimpleConditionEvent.violated(
                member, member.getFullName() + " exposes " + type.getName());
    }
}
