//! One table of the lake as the engine sees it: the files that the manifest lists, whose each row is as a column.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::ScalarValue;
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::union::UnionExec;
use proofmark_lake::{FileEntry, Lake, Table};

/// Every version of every row.
#[derive(Debug)]
pub(crate) struct LakeTable {
    schema: SchemaRef,
    scans: Vec<Files>,
}

/// Files that say in one way whose their rows are.
#[derive(Debug)]
struct Files {
    schema: TableSchema,
    files: Vec<PartitionedFile>,
}

impl LakeTable {
    /// `None` for a table without rows.
    pub(crate) fn of(lake: &Lake, table: Table) -> Result<Option<Self>> {
        let entries = || lake.files().iter().filter(move |file| file.table == table);
        let Some(newest) = entries().next_back() else { return Ok(None) };
        let columns = columns(&lake.root().join(newest.path()), table.part())?;
        let name: FieldRef = Arc::new(Field::new(table.part(), DataType::Utf8, false));
        let fields: Vec<FieldRef> = columns.fields().iter().cloned().chain([Arc::clone(&name)]).collect();
        let all = Arc::new(Schema::new(fields));
        let root = std::path::absolute(lake.root())?;
        let file = |entry: &FileEntry, partition_values| {
            let path = datafusion::object_store::path::Path::from_absolute_path(root.join(entry.path()))
                .map_err(|error| DataFusionError::External(Box::new(error)))?;
            let mut file = PartitionedFile::new(path.to_string(), entry.bytes);
            file.object_meta.location = path;
            file.partition_values = partition_values;
            Ok(file)
        };
        // The folder says it of a name's own files; the rows say it in a file that several names share, which is in force as a
        // whole, so that its first part stands for it.
        let own = entries()
            .filter(|entry| entry.first_row.is_none())
            .map(|entry| file(entry, vec![ScalarValue::from(entry.symbol.as_str())]));
        let shared =
            entries().filter(|entry| entry.first_row == Some(0)).map(|entry| file(entry, Vec::new()));
        let by_folder = TableSchema::builder(columns).with_table_partition_cols(vec![name]).build();
        let by_row = TableSchema::builder(Arc::clone(&all)).build();
        let own = Files { schema: by_folder, files: own.collect::<Result<_>>()? };
        let shared = Files { schema: by_row, files: shared.collect::<Result<_>>()? };
        let scans = [own, shared].into_iter().filter(|scan| !scan.files.is_empty()).collect();
        Ok(Some(Self { schema: all, scans }))
    }
}

impl Files {
    fn scan(
        &self,
        workers: usize,
        projection: Option<&Vec<usize>>,
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let source = Arc::new(ParquetSource::new(self.schema.clone()));
        let mut groups: Vec<FileGroup> = Vec::new();
        for files in self.files.chunks(self.files.len().div_ceil(workers).max(1)) {
            groups.push(FileGroup::new(files.to_vec()));
        }
        let config = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), source)
            .with_file_groups(groups)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}

/// The columns of a file, from its footer, without the one that says whose a row is.
fn columns(path: &Path, name: &str) -> Result<SchemaRef> {
    // From Parquet's own types, as the engine reads rows: a hostile Arrow schema beside them panics in its decoder.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let reader = ParquetRecordBatchReaderBuilder::try_new_with_options(File::open(path)?, options)?;
    let fields = reader.schema().fields().iter().filter(|field| field.name() != name).cloned();
    Ok(Arc::new(Schema::new(fields.collect::<Vec<_>>())))
}

#[async_trait]
impl TableProvider for LakeTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let workers = state.config().target_partitions().max(1);
        let scan = |files: &Files| files.scan(workers, projection, limit);
        UnionExec::try_new(self.scans.iter().map(scan).collect::<Result<_>>()?)
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        // The reader skips files and row groups that cannot match; the engine filters again.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }
}
