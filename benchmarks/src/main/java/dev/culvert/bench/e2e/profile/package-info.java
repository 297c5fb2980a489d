/** Where the processors' time goes while packets move. */
package dev.culvert.bench.e2e.profile;
