package dev.culvert.endpoint.real.net;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test class of the ring "real". Its tests may take a {@link Lab} as a parameter, which is made
 * for each test (with address translation as {@link #nat} says), reported on when the test fails,
 * and removed after it.
 *
 * <p>Where something that the tests need is missing (root, a package, {@code /dev/net/tun}), they
 * are skipped and the report says why; with {@code CI=true} in the environment they fail.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag("real")
@Timeout(120)
@ExtendWith(RealNetworkExtension.class)
public @interface RealNetwork {

    /** Where address translation happens; on a method it overrides the class's. */
    Lab.Nat nat() default Lab.Nat.NONE;
}
