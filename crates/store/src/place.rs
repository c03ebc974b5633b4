//! Where books are, for people.

/// A server's URL without its password, which stands behind the user's name or among the parameters; a file as it is.
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    // As the driver reads it: whatever stands before the first `@` is user and password.
    let (user, rest) = match rest.split_once('@') {
        Some((user, rest)) => (format!("{}@", user.split(':').next().unwrap_or(user)), rest),
        None => (String::new(), rest),
    };
    let (place, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    // A password with an `@` in it reaches nobody, and is not shown all the same.
    let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
    let kept = parameters
        .split('&')
        .filter(|parameter| !parameter.is_empty() && !parameter.starts_with("password="));
    let kept: Vec<_> = kept.collect();
    let mark = if kept.is_empty() { "" } else { "?" };
    format!("{scheme}://{user}{place}{mark}{}", kept.join("&"))
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn a_server_is_named_without_its_password() {
        for (url, named) in [
            ("postgres://u:s3cret@host:5432/db", "postgres://u@host:5432/db"),
            (
                "postgres://u:a?b/c@host/db?sslmode=disable",
                "postgres://u@host/db?sslmode=disable",
            ),
            (
                "postgres://u@host/db?password=s3cret&port=1",
                "postgres://u@host/db?port=1",
            ),
            (
                "postgres://host/db?user=u&password=s3cret",
                "postgres://host/db?user=u",
            ),
            ("postgres://host/db?password=s3cret", "postgres://host/db"),
            ("postgres://u@host/db", "postgres://u@host/db"),
            ("postgres://me:s@cret@host/db", "postgres://me@host/db"),
            ("/var/a:b@c.sqlite", "/var/a:b@c.sqlite"),
        ] {
            assert_eq!(without_password(url), named);
        }
    }
}
