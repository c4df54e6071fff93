# Holds what `./mvnw package` has built; it builds nothing itself. Any glibc image with a Java 17 runtime will do.
ARG JRE=eclipse-temurin:17-jre
FROM ${JRE}
WORKDIR /opt/isotherm
COPY launcher/target/lib lib
COPY launcher/target/isotherm-launcher.jar isotherm.jar
USER 65534:65534
ENTRYPOINT ["java", "-XX:+UseSerialGC", "-XX:MaxRAMPercentage=70", "-Dfile.encoding=UTF-8", "-jar", "/opt/isotherm/isotherm.jar"]
