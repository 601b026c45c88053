//! The client of the API server: kube's token handling over HTTP/2, so that all watches share one connection.

use crate::names::Names;
use crate::network::PATIENCE;
use hyper::Uri;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use kube::client::{Body, ConfigExt};
use kube::{Client, Config};
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tower::{BoxError, ServiceBuilder, service_fn};

/// How often a quiet connection is asked whether it still lives: a watch may say nothing for minutes.
const PULSE: Duration = Duration::from_secs(30);

/// Makes one. kube reads the token file again at least once a minute (kube-client `auth::TokenFile`).
pub(super) fn make(address: Uri, roots: Vec<Vec<u8>>, token: &Path, names: Arc<Names>) -> Result<Client, kube::Error> {
    let mut config = Config::new(address);
    config.root_cert = Some(roots);
    config.auth_info.token_file = Some(token.to_string_lossy().into_owned());
    // The names of everything else are resolved in the same way.
    let resolver = service_fn(move |name: Name| {
        let names = Arc::clone(&names);
        async move {
            let addresses =
                names.resolve(name.as_str()).await.map_err(|reason| io::Error::other(reason.to_string()))?;
            let sockets: Vec<SocketAddr> = addresses.into_iter().map(|address| SocketAddr::new(address, 0)).collect();
            Ok::<_, io::Error>(sockets.into_iter())
        }
    });
    let mut http = HttpConnector::new_with_resolver(resolver);
    http.enforce_http(false);
    http.set_connect_timeout(Some(PATIENCE));
    http.set_keepalive(Some(PULSE));
    http.set_nodelay(true);
    let https = HttpsConnectorBuilder::new()
        .with_tls_config(config.rustls_client_config()?)
        .https_only()
        .enable_all_versions()
        .wrap_connector(http);
    let client = legacy::Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .http2_keep_alive_interval(PULSE)
        .http2_keep_alive_timeout(PATIENCE)
        .build::<_, Body>(https);
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(config.auth_layer()?)
        .map_err(BoxError::from)
        .service(client);
    Ok(Client::new(service, "default"))
}
