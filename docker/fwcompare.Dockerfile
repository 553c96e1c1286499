# fwcompare itself, for machines that have a Docker engine and nothing else; README.md says what it may do there.
# The context is the folder above: docker build --file docker/fwcompare.Dockerfile --tag fwcompare .
ARG PYTHON_VERSION=3.11
ARG RUST_VERSION=1
ARG DOCKER_VERSION=28

FROM docker:${DOCKER_VERSION}-cli AS client

FROM rust:${RUST_VERSION}-slim-bookworm AS generator
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends python3-venv \
 && rm -rf /var/lib/apt/lists/*
RUN ["python3", "-m", "venv", "/maturin"]
RUN ["/maturin/bin/pip", "install", "--no-cache-dir", "maturin==1.16.0"]
COPY loadgen_rs /loadgen_rs
WORKDIR /loadgen_rs
RUN ["/maturin/bin/maturin", "build", "--release", "--locked", "--out", "/wheels"]

FROM python:${PYTHON_VERSION}-slim-bookworm
# perf, for flamegraphs of native code; Python's come from py-spy, which is a package of Python's.
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends linux-perf \
 && rm -rf /var/lib/apt/lists/*
RUN ["python", "-m", "pip", "install", "--no-cache-dir", "uv"]
COPY --from=client /usr/local/bin/docker /usr/local/bin/docker
COPY --from=generator /wheels /wheels
WORKDIR /opt/fwcompare
# Dependencies in a layer of their own, as of the day that the workspace's pyproject.toml names.
COPY pyproject.toml LICENSE ./
COPY core/pyproject.toml core/
RUN python -m venv /opt/venv \
 && uv pip install --python /opt/venv/bin/python --no-cache --no-sources --find-links /wheels \
    --requirement core/pyproject.toml
COPY core core
COPY scenarios scenarios
COPY plugins plugins
# Where they lie, since a plugin's image is built from its folder.
RUN printf -- '--editable %s\n' ./core ./plugins/* > /tmp/ours.txt \
 && uv pip install --python /opt/venv/bin/python --no-cache --no-sources --no-deps \
    --requirement /tmp/ours.txt \
 && rm /tmp/ours.txt
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1
# Root: whoever may talk to the engine is root on its machine in any case, and profilers want it.
ENTRYPOINT ["fwcompare"]
CMD ["--help"]
