//! OpenAPI from the code: the head, and two things no attribute says once for all: every operation may answer with a problem, and
//! every property of an answer is present (what is not known is `null`).

use super::{problem::Problem, state::ApiState};
use axum::{Json, Router, routing};
use std::sync::Arc;
use utoipa::{
    OpenApi as _, PartialSchema, ToSchema,
    openapi::{
        Content, OpenApi, Ref, RefOr, ResponseBuilder, Schema,
        path::{Operation, PathItem},
        schema::{AllOf, ArrayBuilder, ArrayItems, ObjectBuilder, SchemaType},
    },
};

/// Title, licence and the schemas that only the live socket speaks.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "muckwatch 渣土哨兵", license(name = "Apache-2.0", identifier = "Apache-2.0"),
        description = "Times: `*_at`, `from`, `to` are RFC 3339 at +08:00; `*_ms` are ms UTC. Positions: WGS-84."),
    components(schemas(super::live::ServerMessage, super::live::ClientMessage, super::names::Reason)),
    tags(
        (name = "commands", description = "Texts to drivers"),
        (name = "live", description = "What happens now"),
        (name = "map", description = "What stands still, and counts"),
        (name = "rules", description = "The catalogue"),
        (name = "system", description = "Clock, health, query log"),
        (name = "tracks", description = "Positions and frames as recorded"),
        (name = "vehicles", description = "Plate queries and devices"),
        (name = "violations", description = "What the rules found"),
    )
)]
struct Head;

/// The document before the resources are in it.
#[must_use]
pub fn head() -> OpenApi {
    Head::openapi()
}

/// The whole document, as `docs/openapi.json` has it.
#[must_use]
pub fn document() -> OpenApi {
    let (_, document) = super::router::resources().split_for_parts();
    finished(document)
}

/// `GET /api/v1/openapi.json`.
pub(crate) fn routes(document: &OpenApi) -> Router<ApiState> {
    let document = Arc::new(finished(document.clone()));
    Router::new().route("/api/v1/openapi.json", routing::get(async move || Json(document.as_ref().clone())))
}

/// A JSON array of fixed length; no derive says which place holds what.
pub(crate) fn tuple(description: &str, places: Vec<Schema>) -> RefOr<Schema> {
    let length = places.len();
    let array = ArrayBuilder::new().description(Some(description)).prefix_items(places).items(ArrayItems::False);
    array.min_items(Some(length)).max_items(Some(length)).build().into()
}

/// One place of a [`tuple`].
pub(crate) fn place(kind: impl Into<SchemaType>) -> Schema {
    Schema::Object(ObjectBuilder::new().schema_type(kind).build())
}

fn finished(mut document: OpenApi) -> OpenApi {
    for path in document.paths.paths.values_mut() {
        operations(path).for_each(add_problem);
    }
    let components = document.components.get_or_insert_default();
    let mut more = Vec::new();
    Problem::schemas(&mut more);
    more.push((Problem::name().into_owned(), Problem::schema()));
    components.schemas.extend(more);
    components.schemas.values_mut().for_each(require_all);
    document
}

fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut path.get, &mut path.post, &mut path.put, &mut path.delete].into_iter().flatten()
}

fn add_problem(operation: &mut Operation) {
    let body = Content::new(Some(Ref::from_schema_name(Problem::name())));
    let response = ResponseBuilder::new().description("A problem (RFC 9457)").content("application/problem+json", body);
    operation.responses.responses.insert("default".to_owned(), response.build().into());
}

fn require_all(schema: &mut RefOr<Schema>) {
    match schema {
        RefOr::T(Schema::Object(object)) => {
            object.required = object.properties.keys().cloned().collect();
            object.properties.values_mut().for_each(require_all);
        }
        RefOr::T(Schema::AllOf(AllOf { items, .. })) => items.iter_mut().for_each(require_all),
        RefOr::T(Schema::OneOf(one)) => one.items.iter_mut().for_each(require_all),
        RefOr::T(_) | RefOr::Ref(_) => {}
    }
}
