//! Pronunciation dictionaries, data sets with their files, and fine-tunes.

use cartesia::dataset::{
    CreateDatasetRequest, Dataset, DatasetFile, DatasetId, UpdateDatasetRequest,
};
use cartesia::fine_tune::{CreateFineTuneRequest, FineTune, FineTuneStatus};
use cartesia::pronunciation::{
    CreatePronunciationDictRequest, PronunciationDict, PronunciationItem,
    UpdatePronunciationDictRequest,
};
use cartesia::{ApiVersion, ErrorKind, Language, ListRequest, ModelId};

use super::Use;
use crate::Result;

/// One item a page: there are several.
fn one_by_one() -> ListRequest {
    ListRequest::new().with_limit(1)
}

fn items(call: &Use<'_>) -> Vec<PronunciationItem> {
    let items = &call.inputs.pronunciation_dict.items;
    items
        .iter()
        .map(|item| PronunciationItem::new(&*item.text, &*item.alias))
        .collect()
}

async fn dict(call: &Use<'_>) -> Result<PronunciationDict> {
    let name = &*call.inputs.pronunciation_dict.name;
    let request = CreatePronunciationDictRequest::new(name).with_items(items(call));
    Ok(call.client.pronunciation_dicts().create(request).await?)
}

fn is_dict(call: &mut Use<'_>, dict: &PronunciationDict, name: &str) -> Result {
    call.checks.equal(&&*dict.name, &name, "the name")?;
    let expected: Vec<_> = items(call)
        .iter()
        .map(|item| item.replacement().map(str::to_owned))
        .collect();
    let found: Vec<_> = dict
        .items
        .iter()
        .map(|item| item.replacement().map(str::to_owned))
        .collect();
    call.checks.equal(&found, &expected, "the items")
}

pub(super) async fn create_dict(call: &mut Use<'_>) -> Result {
    let made = dict(call).await?;
    let name = call.inputs.pronunciation_dict.name.clone();
    is_dict(call, &made, &name)?;
    call.client.pronunciation_dicts().delete(made.id).await?;
    Ok(())
}

pub(super) async fn get_dict(call: &mut Use<'_>) -> Result {
    let made = dict(call).await?;
    let dicts = call.client.pronunciation_dicts();
    let found = dicts.get(made.id.clone()).await?;
    let name = call.inputs.pronunciation_dict.name.clone();
    is_dict(call, &found, &name)?;
    dicts.delete(made.id).await?;
    Ok(())
}

pub(super) async fn list_dicts(call: &mut Use<'_>) -> Result {
    let made = [dict(call).await?, dict(call).await?];
    let dicts = call.client.pronunciation_dicts();
    let all = dicts.list(one_by_one()).items().collect().await?;
    for one in made {
        let found = all.iter().any(|dict| dict.id == one.id);
        call.checks.that(found, "what was made is in the list")?;
        dicts.delete(one.id).await?;
    }
    Ok(())
}

pub(super) async fn update_dict(call: &mut Use<'_>) -> Result {
    let made = dict(call).await?;
    let name = call.inputs.pronunciation_dict.new_name.clone();
    let dicts = call.client.pronunciation_dicts();
    let request = UpdatePronunciationDictRequest::new()
        .with_name(&*name)
        .with_items(items(call));
    let changed = dicts.update(made.id.clone(), request).await?;
    is_dict(call, &changed, &name)?;
    dicts.delete(made.id).await?;
    Ok(())
}

pub(super) async fn delete_dict(call: &mut Use<'_>) -> Result {
    let made = dict(call).await?;
    let dicts = call.client.pronunciation_dicts();
    dicts.delete(made.id.clone()).await?;
    let found = dicts.get(made.id).await;
    let kind = call.kind_of_unknown();
    call.checks.refused(found, kind, "the dictionary is gone")
}

async fn dataset(call: &Use<'_>) -> Result<Dataset> {
    let words = &call.inputs.dataset;
    let request = if call.version < ApiVersion::V2025_04_16 {
        CreateDatasetRequest::without_description(&*words.name)
    } else {
        CreateDatasetRequest::new(&*words.name, &*words.description)
    };
    Ok(call.client.datasets().create(request).await?)
}

/// Removes it, where the version can.
async fn remove(call: &Use<'_>, id: DatasetId) -> Result {
    if call.version >= ApiVersion::V2025_04_16 {
        call.client.datasets().delete(id).await?;
    }
    Ok(())
}

async fn file_in(call: &Use<'_>, id: &DatasetId) -> Result<DatasetFile> {
    let datasets = call.client.datasets();
    let purpose = cartesia::dataset::DatasetFilePurpose::from("fine_tune");
    datasets
        .upload_file(id.clone(), Use::lines(), purpose)
        .await?;
    let files = datasets.files(id.clone(), ListRequest::new()).await?;
    files.data.into_iter().last().ok_or("no file".into())
}

pub(super) async fn create_dataset(call: &mut Use<'_>) -> Result {
    let made = dataset(call).await?;
    let words = &call.inputs.dataset;
    call.checks.equal(&made.name, &words.name, "the name")?;
    call.checks
        .that(made.created_at.is_some(), "the day it was made")?;
    remove(call, made.id).await
}

pub(super) async fn get_dataset(call: &mut Use<'_>) -> Result {
    let made = dataset(call).await?;
    let found = call.client.datasets().get(made.id.clone()).await?;
    call.checks.equal(&found, &made, "the data set")?;
    remove(call, made.id).await
}

pub(super) async fn list_datasets(call: &mut Use<'_>) -> Result {
    let made = [dataset(call).await?, dataset(call).await?];
    let datasets = call.client.datasets();
    let all = datasets.list(one_by_one()).items().collect().await?;
    for one in made {
        let found = all.iter().any(|dataset| dataset.id == one.id);
        call.checks.that(found, "what was made is in the list")?;
        remove(call, one.id).await?;
    }
    Ok(())
}

pub(super) async fn update_dataset(call: &mut Use<'_>) -> Result {
    let made = dataset(call).await?;
    let words = &call.inputs.dataset;
    let datasets = call.client.datasets();
    let request = UpdateDatasetRequest::new(&*words.new_name, &*words.new_description);
    datasets.update(made.id.clone(), request).await?;
    let found = datasets.get(made.id.clone()).await?;
    call.checks
        .equal(&found.name, &words.new_name, "the name")?;
    remove(call, made.id).await
}

pub(super) async fn delete_dataset(call: &mut Use<'_>) -> Result {
    let made = dataset(call).await?;
    let datasets = call.client.datasets();
    datasets.delete(made.id.clone()).await?;
    let found = datasets.get(made.id).await;
    call.checks
        .refused(found, ErrorKind::NotFound, "the data set is gone")
}

pub(super) async fn upload_file(call: &mut Use<'_>) -> Result {
    let made = dataset(call).await?;
    let file = file_in(call, &made.id).await?;
    call.checks
        .equal(&&*file.filename, &"lines.jsonl", "the name of the file")?;
    remove(call, made.id).await
}

pub(super) async fn list_files(call: &mut Use<'_>) -> Result {
    let made = dataset(call).await?;
    let mut kept = Vec::new();
    for _ in 0..3 {
        kept.push(file_in(call, &made.id).await?.id);
    }
    let datasets = call.client.datasets();
    for limit in [1, 2] {
        let pages = ListRequest::new().with_limit(limit);
        let all = datasets.files(made.id.clone(), pages);
        let all = all.items().collect().await?;
        let found = kept.iter().all(|id| all.iter().any(|file| file.id == *id));
        call.checks.that(found, "pages go on to the end")?;
    }
    remove(call, made.id).await
}

pub(super) async fn delete_file(call: &mut Use<'_>) -> Result {
    let made = dataset(call).await?;
    let file = file_in(call, &made.id).await?;
    let datasets = call.client.datasets();
    datasets.delete_file(made.id.clone(), file.id).await?;
    let left = datasets.files(made.id.clone(), ListRequest::new()).await?;
    call.checks.that(left.data.is_empty(), "no file is left")?;
    remove(call, made.id).await
}

async fn fine_tune(call: &Use<'_>) -> Result<FineTune> {
    let words = &call.inputs.fine_tune;
    let request = CreateFineTuneRequest::new(
        &*words.name,
        dataset(call).await?.id,
        Language::from(&*words.language),
        ModelId::from(&*words.model_id),
    )
    .with_description(&*words.description);
    Ok(call.client.fine_tunes().create(request).await?)
}

async fn remove_fine_tune(call: &Use<'_>, made: FineTune) -> Result {
    call.client.fine_tunes().delete(made.id).await?;
    match made.dataset {
        Some(dataset) => remove(call, dataset).await,
        None => Err("a fine-tune without a data set".into()),
    }
}

fn is_fine_tune(call: &mut Use<'_>, found: &FineTune) -> Result {
    let words = &call.inputs.fine_tune;
    call.checks.equal(&found.name, &words.name, "the name")?;
    let model = Some(ModelId::from(&*words.model_id));
    call.checks.equal(&found.model_id, &model, "the model")?;
    call.checks.that(found.status.is_some(), "a status")
}

pub(super) async fn create_fine_tune(call: &mut Use<'_>) -> Result {
    let made = fine_tune(call).await?;
    is_fine_tune(call, &made)?;
    remove_fine_tune(call, made).await
}

pub(super) async fn get_fine_tune(call: &mut Use<'_>) -> Result {
    let made = fine_tune(call).await?;
    let found = call.client.fine_tunes().get(made.id.clone()).await?;
    is_fine_tune(call, &found)?;
    remove_fine_tune(call, made).await
}

pub(super) async fn list_fine_tunes(call: &mut Use<'_>) -> Result {
    let made = [fine_tune(call).await?, fine_tune(call).await?];
    let fine_tunes = call.client.fine_tunes();
    let all = fine_tunes.list(one_by_one()).items().collect().await?;
    for one in made {
        let found = all.iter().any(|fine_tune| fine_tune.id == one.id);
        call.checks.that(found, "what was made is in the list")?;
        remove_fine_tune(call, one).await?;
    }
    Ok(())
}

pub(super) async fn delete_fine_tune(call: &mut Use<'_>) -> Result {
    let made = fine_tune(call).await?;
    let id = made.id.clone();
    remove_fine_tune(call, made).await?;
    let found = call.client.fine_tunes().get(id).await;
    call.checks
        .refused(found, ErrorKind::NotFound, "the fine-tune is gone")
}

pub(super) async fn voices_of_fine_tune(call: &mut Use<'_>) -> Result {
    let made = fine_tune(call).await?;
    let fine_tunes = call.client.fine_tunes();
    // Each look at it lets it get on; the time limit of the call ends this in any case.
    while fine_tunes.get(made.id.clone()).await?.status != Some(FineTuneStatus::COMPLETED) {}
    for limit in [1, 10] {
        let pages = ListRequest::new().with_limit(limit);
        let voices = fine_tunes.voices(made.id.clone(), pages);
        let voices = voices.items().collect().await?;
        call.checks.that(!voices.is_empty(), "its voices")?;
    }
    remove_fine_tune(call, made).await
}
